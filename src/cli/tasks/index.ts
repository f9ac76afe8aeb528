/** The tasks by name. A page and Node run the same ones; nothing here may use Node's or the page's own features. */
import type { Task } from "../hosts/context";
import { doctor } from "./doctor";

export const tasks: Readonly<Record<string, Task>> = { doctor };
