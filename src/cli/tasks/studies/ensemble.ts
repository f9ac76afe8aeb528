/** An ensemble: networks that differ by their seed alone, and the average of what they say (Krizhevsky et al. 2012, table 2). */
import { glyphDataset } from "../../../io/datasets";
import { models } from "../../../models";
import { averaged, judge, type Predictions, pictureTask } from "../../../train/pictureTask";
import { percentOf, type Study, type Subject, trained } from "./study";

const MEMBERS = 3;
const PICTURES = 7200;
const HELD_OUT = 3600;
const BATCH = 50;
const EPOCHS = 3;

export const ensemble: Study = async (device, seed, tell) => {
  const train = glyphDataset({ count: PICTURES, seed, split: "train" });
  const heldOut = glyphDataset({ count: HELD_OUT, seed, split: "held-out" });
  const steps = (EPOCHS * PICTURES) / BATCH;
  const subjects: Subject[] = [];
  const predictions: Predictions[] = [];
  for (let member = 0; member < MEMBERS; member++) {
    const name = `member ${member + 1}`;
    const task = await pictureTask({
      model: models["alexnet-glyphs"],
      train,
      heldOut,
      batch: BATCH,
      seed: seed + member + 1,
      augmentation: { crop: true, mirror: false, colour: 0 },
    });
    const { trainer, curve } = await trained(
      device,
      task,
      { optimizer: { clipNorm: 5 }, schedule: `warmup:50,step:${EPOCHS - 1}:0.1`, steps, every: 24 },
      (step, point) => tell(`${name}: loss ${point?.loss.toFixed(3) ?? "…"}`, step, steps),
    );
    tell(`${name}: looking at held-out pictures`, steps, steps);
    const own = await task.predict(trainer.programs);
    trainer.destroy();
    predictions.push(own);
    subjects.push({ name, result: `${percentOf(1 - judge(own).accuracy)} error`, curve });
  }
  const errors = predictions.map((each) => 1 - judge(each).accuracy);
  const together = 1 - judge(averaged(predictions)).accuracy;
  const best = Math.min(...errors);
  return {
    title: "An ensemble of three",
    setting: `alexnet-glyphs, ${EPOCHS} epochs of ${PICTURES} pictures, seeds ${seed + 1} to ${seed + MEMBERS}; judged on ${HELD_OUT} held-out pictures`,
    subjects,
    shown: together < best,
    conclusion: `the average of the three errs on ${percentOf(together)}, the best of them alone on ${percentOf(best)}`,
  };
};
