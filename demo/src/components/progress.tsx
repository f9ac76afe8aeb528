/** How far a piece of work is. Without `total` it only says that something goes on. */
export interface ProgressProps {
  readonly label: string;
  readonly done?: number;
  readonly total?: number;
}

export function Progress({ label, done, total }: ProgressProps) {
  return (
    <div class="progress">
      <span class="small soft" role="status">
        {label}
      </span>
      {total !== undefined && total > 0 && <progress aria-label={label} value={done ?? 0} max={total} />}
    </div>
  );
}
