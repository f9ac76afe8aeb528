/** Readers of numbers in options; what they refuse, commander reports with the option's name. */
import { InvalidArgumentError } from "commander";

export function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError("It should be a whole number of 1 or more.");
  return value;
}

export function natural(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0)
    throw new InvalidArgumentError("It should be a whole number of 0 or more.");
  return value;
}

/** Seconds, as a number above 0. */
export function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value)))
    throw new InvalidArgumentError("It should be a number of seconds above 0.");
  return value;
}

/** A number above 0. */
export const above0 = (text: string): number => {
  const value = Number(text);
  if (text.trim() === "" || !(value > 0) || !Number.isFinite(value))
    throw new InvalidArgumentError("Wants a number above 0.");
  return value;
};

/** A number of 0 or more. */
export const atLeast0 = (text: string): number => {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0) || !Number.isFinite(value))
    throw new InvalidArgumentError("Wants a number of 0 or more.");
  return value;
};

/** A share of 0 up to a half. */
export const share = (text: string): number => {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 0.5))
    throw new InvalidArgumentError("Wants a number from 0 to 0.5.");
  return value;
};
