/** Work that belongs to a component: started when what it depends on changes, its result thrown away when it comes late. */
import { useEffect, useRef, useState } from "preact/hooks";

export type TaskState<T> =
  | { readonly kind: "busy"; readonly value: T | undefined }
  | { readonly kind: "done"; readonly value: T }
  | { readonly kind: "failed"; readonly value: T | undefined; readonly error: Error };

/** Given to a task: whether it is still wanted, and what to do when it no longer is. */
export interface Task {
  /** False as soon as the component is gone or what the task depends on has changed. */
  wanted(): boolean;
  /** Called once when the task is no longer wanted: destroy programs here. */
  cleanup(work: () => void): void;
}

/**
 * Runs `work` now and whenever `dependencies` change. The last value stays while the next is made, so that nothing
 * flickers (if it holds a program, that one has been destroyed: show it, but do not run it); an error is a state, with the
 * words to show.
 */
export function useTask<T>(work: (task: Task) => Promise<T>, dependencies: readonly unknown[]): TaskState<T> {
  const [state, setState] = useState<TaskState<T>>({ kind: "busy", value: undefined });
  const last = useRef<T | undefined>(undefined);
  useEffect(() => {
    let wanted = true;
    const cleanups: (() => void)[] = [];
    setState({ kind: "busy", value: last.current });
    work({
      wanted: () => wanted,
      cleanup: (clean) => {
        if (wanted) cleanups.push(clean);
        else clean();
      },
    }).then(
      (value) => {
        if (!wanted) return;
        last.current = value;
        setState({ kind: "done", value });
      },
      (error: unknown) => {
        const failure = error instanceof Error ? error : new Error(String(error));
        if (wanted) setState({ kind: "failed", value: last.current, error: failure });
      },
    );
    return () => {
      wanted = false;
      for (const clean of cleanups) clean();
    };
  }, dependencies);
  return state;
}
