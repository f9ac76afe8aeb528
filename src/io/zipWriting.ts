/** What writing archives takes of the library. */
import { configure, Uint8ArrayReader, ZipWriter } from "@zip.js/zip.js/lib/zip-core-native.js";

configure({ useWebWorkers: false });

export { Uint8ArrayReader, ZipWriter };
