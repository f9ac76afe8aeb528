/** Something to be told: an error (read out at once), a warning or a remark. */
import type { ComponentChildren } from "preact";

export interface NoticeProps {
  readonly kind?: "note" | "warning" | "error";
  readonly title?: string;
  readonly children?: ComponentChildren;
}

export function Notice({ kind = "note", title, children }: NoticeProps) {
  return (
    <div class="notice" data-kind={kind} role={kind === "error" ? "alert" : "note"}>
      {title && <strong>{title} </strong>}
      {children}
    </div>
  );
}
