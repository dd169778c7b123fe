// Outlines by jscanify and scanic, as each package ships. Arguments: folder of packages, job.json.
// One line of JSON a picture and peer: corners and CPU milliseconds of this process.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

const [folder, jobFile] = process.argv.slice(2);
const require = createRequire(pathToFileURL(join(folder, 'package.json')));
const { createCanvas, ImageData, Image } = require('@napi-rs/canvas');
// scanic asks a browser for these.
Object.assign(globalThis, { ImageData, Image, HTMLImageElement: Image });
globalThis.HTMLCanvasElement = createCanvas(1, 1).constructor;
globalThis.document = { createElement: () => createCanvas(1, 1) };
const { scanDocument } = await import(pathToFileURL(join(folder, 'node_modules/scanic/dist/scanic.js')));

const cv = require(join(folder, 'node_modules/jscanify/src/opencv.js'));
await new Promise((done) => { cv.onRuntimeInitialized = done; });
globalThis.cv = cv;
const Jscanify = require(join(folder, 'node_modules/jscanify/src/jscanify.js'));
const scanner = new Jscanify();

const peers = {
  jscanify(picture) {
    const mat = cv.matFromImageData(picture);
    const contour = scanner.findPaperContour(mat);
    const found = contour && scanner.getCornerPoints(contour);
    mat.delete();
    if (!found) return null;
    const corners = [found.topLeftCorner, found.topRightCorner, found.bottomRightCorner, found.bottomLeftCorner];
    return corners.every(Boolean) ? corners.map((p) => [p.x, p.y]) : null;
  },
  async scanic(picture) {
    const result = await scanDocument(picture, { mode: 'detect' });
    const c = result.success && result.corners;
    return c ? [c.topLeft, c.topRight, c.bottomRight, c.bottomLeft].map((p) => [p.x, p.y]) : null;
  },
};

const { outlines } = JSON.parse(readFileSync(jobFile, 'utf8'));
for (const [peer, find] of Object.entries(peers)) {
  // The first picture twice: compiling is not measured.
  for (const [at, { name, rgba, width, height }] of [outlines[0], ...outlines].entries()) {
    const picture = new ImageData(new Uint8ClampedArray(readFileSync(rgba)), width, height);
    const before = process.cpuUsage();
    let corners = null;
    try { corners = await find(picture); } catch (error) { console.error(`${peer} ${name}: ${error}`); }
    const used = process.cpuUsage(before);
    if (at > 0) console.log(JSON.stringify({ peer, name, corners, cpu_ms: (used.user + used.system) / 1000 }));
  }
}
