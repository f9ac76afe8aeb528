/** Starts the page: styles, the device, the shell. */
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/components.css";
import { render } from "preact";
import { App } from "./app";
import { openEngine } from "./engine";

void openEngine();
render(<App />, document.getElementById("app") as HTMLElement);
