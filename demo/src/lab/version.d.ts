/** The package's version, written in by the build (vite.config.ts). */
declare const __TANDEM_VERSION__: string;
