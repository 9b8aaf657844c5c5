// Submits a form as a browser without JavaScript does.
import { expect, type APIRequestContext } from "@playwright/test";

/** Answers the path that a successful submission leads to. */
export async function submit(
  request: APIRequestContext,
  url: string,
  action: string,
  form: Record<string, string>,
): Promise<string> {
  const answer = await request.post(url + action, {
    form,
    headers: { Origin: url, Accept: "text/html" },
    maxRedirects: 0,
  });
  const status = answer.status();
  expect([302, 303], `${action} answers ${status}: ${await answer.text()}`).toContain(status);
  const location = new URL(answer.headers()["location"] ?? "", url);
  return location.pathname + location.search;
}
