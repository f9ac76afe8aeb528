/** A choice of one among a few, as a row of buttons. Arrow keys move it, as screen readers announce for radio buttons. */
import { useRef } from "preact/hooks";

export interface TabsProps<T extends string> {
  readonly label: string;
  readonly options: readonly { readonly id: T; readonly name: string }[];
  readonly value: T;
  readonly onChange: (id: T) => void;
}

const STEP: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

export function Tabs<T extends string>({ label, options, value, onChange }: TabsProps<T>) {
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent): void => {
    const step = STEP[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at = options.findIndex(({ id }) => id === value);
    const next = (at + step + options.length) % options.length;
    onChange((options[next] as (typeof options)[number]).id);
    (list.current?.children[next] as HTMLElement | undefined)?.focus();
  };
  return (
    <div class="tabs" role="radiogroup" aria-label={label} ref={list} onKeyDown={move}>
      {options.map(({ id, name }) => (
        // biome-ignore lint/a11y/useSemanticElements: a native radio button cannot hold the look of a segment
        <button
          key={id}
          type="button"
          role="radio"
          aria-checked={id === value}
          tabIndex={id === value ? 0 : -1}
          onClick={() => onChange(id)}
        >
          {name}
        </button>
      ))}
    </div>
  );
}
