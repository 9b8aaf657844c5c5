// Empties functions of a WebAssembly file that are never called and that no compiler can know of, since each erased
// view of tachys points to its own: hydration piece by piece, for leptos::mount::hydrate_lazy and islands.
import { Module } from "./module.mjs";

// The compiler merges equal functions under the name of one, so a name alone does not tell who is called (the inner
// functions of HtmlElement's hydrate_async are those of hydrate, too). These two make the future of one view's hydrate_async and
// poll it: what is equal to them does the same, so it is one of them. Nothing else may be named here.
const NEVER_CALLED = /any_view.*into_any(::|13)hydrate_async(::\{\{closure\}\}|28_\$u7b\$\$u7b\$closure\$u7d\$\$u7d\$)?(::|17)h[0-9a-f]{16}E?$/;
// No locals, unreachable, end.
const EMPTY = Buffer.from([0x00, 0x00, 0x0b]);

const file = process.argv[2];
const module = new Module(file);
let emptied = 0;
module.functions.forEach((own, index) => {
  if (NEVER_CALLED.test(own.name)) {
    module.functions[index].body = EMPTY;
    emptied++;
  }
});
module.write(file);
console.log(`${file}: ${emptied} of ${module.functions.length} functions are never called`);
