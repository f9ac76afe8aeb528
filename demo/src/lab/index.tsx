/** Lab: kernels measured in the page as `tandem bench` measures them, and one's own beside them. */
import "./lab.css";
import { Notice } from "../components/notice";
import { useEngine } from "../engine";
import { Comparison } from "./comparison";
import { OwnKernel } from "./kernel";
import { Results } from "./results";
import { Setup } from "./setup";
import { problem } from "./state";
import { words } from "./words";

export default function Lab() {
  const t = words();
  const { facts } = useEngine();
  return (
    <div>
      <div class="lead">
        <h1>{t.title}</h1>
        <p>{t.lead}</p>
      </div>
      {facts.software && <Notice kind="warning">{t.software}</Notice>}
      <div class="lab stack-wide">
        <div class="lab-asked">
          <Setup />
          <OwnKernel />
        </div>
        {problem.value !== undefined && (
          <Notice kind="error" title={t.problem}>
            <pre class="lab-problem">{problem.value}</pre>
          </Notice>
        )}
        <Results />
        <Comparison />
      </div>
    </div>
  );
}
