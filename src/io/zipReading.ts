/** What reading archives takes of the library: a part of its own, so that a page which writes none does not load the rest. */
import { configure, Reader, ZipReader } from "@zip.js/zip.js/lib/zip-core-native.js";

// Blobs of script in workers are what a page with a strict policy forbids, and Node lacks.
configure({ useWebWorkers: false });

export { Reader, ZipReader };
