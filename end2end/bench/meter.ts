// Measures by the browser's own counters: how long its main thread worked, and how far apart its frames were.
import type { CDPSession, Page } from "@playwright/test";

interface Figure {
  value: number;
  unit: string;
}

type Figures = Record<string, Figure>;

export function report(rooms: number, what: string, figures: Figures): void {
  const words = Object.entries(figures).map(([name, { value, unit }]) => `${name} ${round(value)} ${unit}`);
  console.log(`${String(rooms).padStart(3)} rooms · ${what.padEnd(28)} ${words.join(" · ")}`);
}

export class Meter {
  private constructor(
    private readonly page: Page,
    private readonly devtools: CDPSession,
  ) {}

  static async of(page: Page): Promise<Meter> {
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Performance.enable");
    return new Meter(page, devtools);
  }

  /** What one of `count` things costs the main thread, each after the one before it was seen. */
  async each<T>(count: number, act: () => Promise<T>, seen: (done: T) => Promise<void>): Promise<Figures> {
    const before = await this.busy();
    for (let done = 0; done < count; done += 1) await seen(await act());
    return { each: { value: (await this.busy() - before) / count, unit: "ms" } };
  }

  /** The longest task, and the frames, while something happens. */
  async burst(act: () => Promise<void>): Promise<Figures> {
    await this.watchFrames();
    const before = await this.busy();
    await act();
    const busy = (await this.busy()) - before;
    return { busy: { value: busy, unit: "ms" }, ...(await this.frames()) };
  }

  /** From a key's event to the frame that shows it. */
  async keys(page: Page, count: number): Promise<Figures> {
    await page.locator("textarea[name=text]").focus();
    await page.evaluate(() => {
      const times: number[] = [];
      Object.assign(window, { keyTimes: times });
      window.addEventListener("keydown", (event) => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => times.push(performance.now() - event.timeStamp);
        requestAnimationFrame(() => channel.port2.postMessage(undefined));
      }, { capture: true });
    });
    const before = await this.busy();
    for (let typed = 0; typed < count; typed += 1) await page.keyboard.press("x");
    const busy = (await this.busy()) - before;
    const times = await page.evaluate(() => (window as unknown as { keyTimes: number[] }).keyTimes);
    await page.locator("textarea[name=text]").fill("");
    return {
      "to paint, p50": { value: percentile(times, 50), unit: "ms" },
      p95: { value: percentile(times, 95), unit: "ms" },
      busy: { value: busy / count, unit: "ms" },
    };
  }

  async wheel(page: Page, turns: number): Promise<Figures> {
    await page.locator(".timeline").hover();
    await this.watchFrames();
    for (let turned = 0; turned < turns; turned += 1) {
      await page.mouse.wheel(0, -400);
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
    }
    const figures = await this.frames();
    await page.locator(".to-end").click();
    return figures;
  }

  async switches(page: Page, paths: string[], count: number): Promise<Figures> {
    const before = await this.busy();
    const times: number[] = [];
    for (let done = 0; done < count; done += 1) {
      const path = paths[done % paths.length] ?? "";
      const begun = Date.now();
      await page.locator(`.rooms a[href="${path}"]`).click();
      await page.locator(`.composer`).waitFor();
      await page.waitForURL(`**${path}`);
      times.push(Date.now() - begun);
    }
    return {
      busy: { value: (await this.busy() - before) / count, unit: "ms" },
      "until it stands, p50": { value: percentile(times, 50), unit: "ms" },
    };
  }

  /** How large the page is. */
  async size(page: Page): Promise<Figures> {
    await this.devtools.send("HeapProfiler.collectGarbage");
    const metrics = await this.metrics();
    const rows = await page.locator(".timeline-rows > *").count();
    return {
      rows: { value: rows, unit: "" },
      elements: { value: await page.evaluate(() => document.querySelectorAll("*").length), unit: "" },
      heap: { value: (metrics.get("JSHeapUsedSize") ?? 0) / 1e6, unit: "MB" },
    };
  }

  /** How long the main thread has worked, in milliseconds. */
  private async busy(): Promise<number> {
    return ((await this.metrics()).get("TaskDuration") ?? 0) * 1e3;
  }

  private async metrics(): Promise<Map<string, number>> {
    const { metrics } = await this.devtools.send("Performance.getMetrics");
    return new Map(metrics.map(({ name, value }) => [name, value]));
  }

  private async watchFrames(): Promise<void> {
    await this.page.evaluate(() => {
      const watch = { gaps: [] as number[], longest: 0, last: performance.now(), on: true };
      Object.assign(window, { frameWatch: watch });
      const frame = (now: number) => {
        watch.gaps.push(now - watch.last);
        watch.last = now;
        if (watch.on) requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) watch.longest = Math.max(watch.longest, duration);
      }).observe({ entryTypes: ["longtask"] });
    });
  }

  private async frames(): Promise<Figures> {
    const { gaps, longest } = await this.page.evaluate(() => {
      const watch = (window as unknown as { frameWatch: { gaps: number[]; longest: number; on: boolean } }).frameWatch;
      watch.on = false;
      return watch;
    });
    return {
      "frame p95": { value: percentile(gaps, 95), unit: "ms" },
      "longest task": { value: longest, unit: "ms" },
    };
  }
}

function percentile(values: number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0;
}

function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}
