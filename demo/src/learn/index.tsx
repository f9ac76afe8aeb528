/** Learn: the lessons, each at an address of its own. */
import "./learn.css";
import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { route, to } from "../router";
import { Activations } from "./activations/lesson";
import { AlexNet } from "./alexnet/lesson";
import { Augmentation } from "./augmentation/lesson";
import { Dropout } from "./dropout/lesson";
import { Gradients } from "./gradients/lesson";
import { Kernels } from "./kernels/lesson";
import { MemoryCell } from "./lstm/lesson";
import { ownPicture } from "./picture";
import { Pooling } from "./pooling/lesson";
import { Spelling } from "./rnn/lesson";
import { Softmax } from "./softmax/lesson";
import { words } from "./words";

// With the section, so that a lesson that is opened later asks the network for nothing.
void ownPicture().catch(() => undefined);

type LessonId = keyof ReturnType<typeof words>["names"];

const LESSONS: readonly { readonly id: LessonId; readonly component: ComponentType }[] = [
  { id: "kernels", component: Kernels },
  { id: "pooling", component: Pooling },
  { id: "activations", component: Activations },
  { id: "softmax", component: Softmax },
  { id: "dropout", component: Dropout },
  { id: "augmentation", component: Augmentation },
  { id: "alexnet", component: AlexNet },
  { id: "rnn", component: Spelling },
  { id: "gradients", component: Gradients },
  { id: "lstm", component: MemoryCell },
];

export default function Learn() {
  const t = words();
  const wanted = route.value.rest[0];
  const at = Math.max(
    0,
    LESSONS.findIndex(({ id }) => id === wanted),
  );
  const { id, component: Shown } = LESSONS[at] as (typeof LESSONS)[number];
  const list = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a narrow page the list is a strip: the lesson that is shown is moved to its middle.
    const strip = list.current;
    const link = strip?.querySelector<HTMLElement>("[aria-current]");
    if (strip && link)
      strip.scrollLeft = link.offsetLeft - strip.offsetLeft - (strip.clientWidth - link.clientWidth) / 2;
  }, [id]);
  const [before, after] = [LESSONS[at - 1], LESSONS[at + 1]];
  return (
    <div>
      <div class="lead">
        <h1>{t.title}</h1>
        <p>{t.lead}</p>
      </div>
      <div class="learn">
        <nav class="learn-list" aria-label={t.lessons} ref={list}>
          {LESSONS.map((lesson) => (
            <a key={lesson.id} href={to("learn", lesson.id)} aria-current={lesson.id === id ? "page" : undefined}>
              {t.names[lesson.id]}
            </a>
          ))}
        </nav>
        <div class="stack-wide">
          <Shown key={id} />
          <nav class="learn-around" aria-label={t.around}>
            {before ? (
              <a class="learn-before" href={to("learn", before.id)}>
                {t.names[before.id]}
              </a>
            ) : (
              <span />
            )}
            {after && (
              <a class="learn-after" href={to("learn", after.id)}>
                {t.names[after.id]}
              </a>
            )}
          </nav>
        </div>
      </div>
    </div>
  );
}
