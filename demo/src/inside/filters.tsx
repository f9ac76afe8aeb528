/** The first layer's filters as small pictures, in their towers, as in the paper's Figure 3. */
import { PixelCanvas } from "../components/pixelCanvas";
import { useTask } from "../hooks";
import { number } from "../i18n";
import type { OpenNetwork } from "../networks/opened";
import { weights } from "../networks/weights";
import { filterPatches } from "./colours";
import { towersOf } from "./layout";
import { words } from "./words";

const NAME = "conv1.weight";

/** The paper has 16 to a row; small networks fewer. */
const columnsFor = (filters: number): number => (filters >= 32 ? 16 : 8);

export function Filters({ open }: { readonly open: OpenNetwork }) {
  const t = words();
  const state = useTask(async () => (await open.program.getParameters([NAME]))[NAME], [open]);
  const tensor = state.kind === "done" ? state.value : undefined;
  if (!tensor) return null;
  const [count = 0, , height = 0, width = 0] = tensor.shape;
  const towers = towersOf(open.graph);
  const each = count / towers;
  const blueFirst = open.network.model.recipe.channels === "BGR";
  return (
    <section class="stack" aria-labelledby="inside-filters">
      <h2 id="inside-filters">{t.filtersTitle}</h2>
      <p class="soft">{t.filters(number(count), `${width}×${height}`)}</p>
      {weights.value[open.network.id]?.origin === "seed" && <p class="small soft">{t.filtersRandom}</p>}
      <div class="inside-towers" data-towers={towers}>
        {(["a", "b"] as const).slice(0, towers).map((tower, i) => {
          const filters = Array.from({ length: each }, (_, k) => i * each + k);
          const columns = columnsFor(each);
          const pixels = filterPatches(tensor.data, tensor.shape, filters, columns, blueFirst);
          const name = towers === 1 ? t.towers.one : t.towers[tower];
          return (
            <figure key={tower} class="inside-tower" data-tower={tower}>
              {towers === 2 && <figcaption class="small">{name}</figcaption>}
              <PixelCanvas pixels={pixels} label={t.filtersTower(name)} class="inside-grid" crisp />
            </figure>
          );
        })}
      </div>
    </section>
  );
}
