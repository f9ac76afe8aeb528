/** Whether a file is an ONNX model, told from its first bytes and, where those leave a doubt, its name. */
import type { ByteSource } from "./source";

/**
 * A protobuf message has no magic word. ONNX's begins with field 1, the version of its format, or with the producer's name;
 * behind the eight bytes of a safetensors header's length a brace follows, and no other format begins like that.
 */
export async function isOnnx({ name, size, read }: ByteSource): Promise<boolean> {
  if (/\.onnx$/i.test(name)) return true;
  const prefix = await read(0, Math.min(size, 9));
  return (prefix[0] === 0x08 || prefix[0] === 0x12) && prefix[8] !== "{".charCodeAt(0);
}
