// All that draws: fetched apart from the rest of the page, which is connected meanwhile.

export { loadOwn } from "./head.ts";
export { Stage } from "./stage.ts";
