import type { Plan } from "../../model/plan.ts";
import { measureShards } from "../../model/shard.ts";
import { plural } from "../words/format.ts";
import { describeShard, explainIdle } from "../words/shards.ts";
import { html, type Html } from "./escape.ts";

/** Lists the shards of a plan with their work, folded. They count all changes, also those that the filter hides. */
export function renderShards(plan: Plan): Html {
  const sizes = measureShards(plan);
  if (sizes.length === 0) return html``;
  const idle = explainIdle(plan);
  return html`<details class="fold" id="shards">
    <summary><h2>${plural(sizes.length, "shard")}</h2></summary>
    <p class="faint">For <code>imgsync apply PLAN --shard I/${sizes.length}</code>, each on a machine of its own.</p>
    ${idle === undefined ? [] : html`<p class="notice">${idle}.</p>`}
    <table>
      <thead>
        <tr>
          <th scope="col">shard</th>
          <th scope="col">work</th>
        </tr>
      </thead>
      <tbody>
        ${sizes.map(
          (size, at) =>
            html`<tr>
              <td>${at + 1}</td>
              <td>${describeShard(size)}</td>
            </tr> `,
        )}
      </tbody>
    </table>
  </details>`;
}
