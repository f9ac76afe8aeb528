/** Pictures of charts, drawn by the browser that is there anyway: it has fonts, and needs no library for each platform. */
import { type OpenedPage, openBrowser } from "./chrome";
import { namedFiles } from "./files";
import { pageFolder } from "./package";
import { serve } from "./server";

/** Dots for each pixel of the drawing: sharp on a dense screen and on paper. */
const SCALE = 2;

/** `svg` as PNG. @throws NoAdapterError when there is no browser, as everything does that opens one. */
export async function svgToPng(svg: string): Promise<Uint8Array> {
  // A page of our own address: elsewhere a browser shows no adapter, and would be taken for one that has none.
  const server = await serve({ "/": pageFolder() }, namedFiles([]));
  try {
    const opened = await openBrowser(server.address);
    return await drawn(opened, svg).finally(() => opened.close());
  } finally {
    await server.close();
  }
}

async function drawn({ page }: OpenedPage, svg: string): Promise<Uint8Array> {
  const [, width = "800", height = "600"] = /width="([\d.]+)" height="([\d.]+)"/.exec(svg) ?? [];
  const size = { width: Math.ceil(Number(width)), height: Math.ceil(Number(height)) };
  await page.setViewport({ ...size, deviceScaleFactor: SCALE });
  await page.setContent(`<!doctype html><style>body{margin:0}svg{display:block}</style>${svg}`);
  return await page.screenshot({ type: "png", clip: { x: 0, y: 0, ...size } });
}
