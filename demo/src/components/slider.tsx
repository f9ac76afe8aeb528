/** A number chosen by moving a handle, with its value beside the label. */
import { useId } from "preact/hooks";

export interface SliderProps {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step?: number;
  /** The value as it is written; as it is unless given. */
  readonly format?: (value: number) => string;
  readonly onChange: (value: number) => void;
}

export function Slider({ label, value, min, max, step = 1, format = String, onChange }: SliderProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>
        {label} <span class="slider-value number">{format(value)}</span>
      </label>
      <input
        id={id}
        type="range"
        min={min}
        max={max}
        step={step}
        value={value}
        aria-valuetext={format(value)}
        onInput={(event) => onChange(Number(event.currentTarget.value))}
      />
    </div>
  );
}
