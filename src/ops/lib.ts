/** The texts of `shaders/lib/`, by name, for the kernels that join them. */
import activation from "../../shaders/lib/activation.wgsl?raw";
import batch from "../../shaders/lib/batch.wgsl?raw";
import functions from "../../shaders/lib/functions.wgsl?raw";
import grid from "../../shaders/lib/grid.wgsl?raw";
import nonfinite from "../../shaders/lib/nonfinite.wgsl?raw";
import outer from "../../shaders/lib/outer.wgsl?raw";
import trigonometry from "../../shaders/lib/trigonometry.wgsl?raw";
import unary from "../../shaders/lib/unary.wgsl?raw";
import derivative from "../../shaders/lib/unary_derivative.wgsl?raw";
import rare from "../../shaders/lib/unary_rare.wgsl?raw";
import rareDerivative from "../../shaders/lib/unary_rare_derivative.wgsl?raw";

/** One-dimensional indices: `index_1d`, override `WORKGROUP`. */
export const gridLib: readonly string[] = [grid];
/** `is_nan`, `is_inf`, `quiet_nan`, `max_nan`, `divide`. */
export const nonfiniteLib: readonly string[] = [nonfinite];
/** `apply_unary(code, x, alpha, beta)` for the rows of `FUSABLE`, and the accurate `tanh_f32`, `sigmoid_f32`, `erf_f32`. */
export const unaryLib: readonly string[] = [unary, functions, nonfinite];
/** `apply_unary` for the rows of `RARE`, in place of `unaryLib`. */
export const rareLib: readonly string[] = [rare, trigonometry, functions, nonfinite];
/** `unary_derivative(code, v, alpha, beta)`. */
export const unaryDerivativeLib: readonly string[] = [derivative, ...unaryLib];
/** `unary_derivative` for the rows of `RARE`, in place of `unaryDerivativeLib`. */
export const rareDerivativeLib: readonly string[] = [rareDerivative, ...rareLib];
/** `activate(x)`, overrides `ACTIVATION`, `ACTIVATION_ALPHA` and `ACTIVATION_BETA`. */
export const activationLib: readonly string[] = [activation, ...unaryLib];
/** `batch_offset`: where a matrix of a broadcast batch begins. */
export const batchLib: readonly string[] = [batch];
/** `outer(rows, columns)`: four rows times four columns. */
export const outerLib: readonly string[] = [outer];
