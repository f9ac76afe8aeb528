/** The frame around the sections: header, navigation, what stands in for a section without a device, footer. */
import { effect, signal } from "@preact/signals";
import { Component, type ComponentChildren, type ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Notice } from "./components/notice";
import { adapterName, engine, openEngine } from "./engine";
import { language, setLanguage } from "./i18n";
import { preload } from "./preload";
import { route, to } from "./router";
import { type Section, sections } from "./sections";
import { theme, toggleTheme } from "./theme";
import { names, words } from "./words";

const FIRST = sections[0] as Section;

const current = (): Section => sections.find(({ id }) => id === route.value.section) ?? FIRST;

effect(() => {
  document.documentElement.lang = language.value === "pt" ? "pt-BR" : "en";
  document.title = `${names[current().id][language.value]} · Tandem`;
});

/** Sections that have been loaded. The others follow when the page is idle, so that nothing is asked for later. */
const loaded = signal<ReadonlyMap<string, ComponentType>>(new Map());

async function load(section: Section): Promise<void> {
  if (loaded.value.has(section.id)) return;
  const { default: component } = await section.load();
  loaded.value = new Map([...loaded.value, [section.id, component]]);
}

function Header() {
  const t = words();
  const { id } = current();
  const lang = language.value;
  return (
    <header class="top">
      <div class="top-inner">
        <a class="brand" href={to(FIRST.id)}>
          <span class="brand-mark" aria-hidden="true" />
          Tandem
        </a>
        <nav class="nav" aria-label={t.sections}>
          {sections.map((section) => (
            <a key={section.id} href={to(section.id)} aria-current={section.id === id ? "page" : undefined}>
              {names[section.id][lang]}
            </a>
          ))}
        </nav>
        <div class="settings">
          <button
            type="button"
            class="setting"
            lang={lang === "pt" ? "en" : "pt-BR"}
            aria-label={t.toOther}
            title={t.toOther}
            onClick={() => setLanguage(lang === "pt" ? "en" : "pt")}
          >
            {lang === "pt" ? "EN" : "PT"}
          </button>
          <button
            type="button"
            class="setting"
            aria-label={theme.value === "dark" ? t.toLight : t.toDark}
            title={theme.value === "dark" ? t.toLight : t.toDark}
            onClick={toggleTheme}
          >
            <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
              <circle cx="9" cy="9" r="7" fill="none" stroke="currentColor" stroke-width="1.6" />
              <path d="M9 2a7 7 0 0 1 0 14z" fill="currentColor" />
            </svg>
          </button>
        </div>
      </div>
    </header>
  );
}

function Missing({ reason }: { readonly reason: string }) {
  const t = words();
  return (
    <div class="stack-wide">
      <div class="lead">
        <h1>{t.missingTitle}</h1>
        <p>{t.missingText}</p>
      </div>
      <div class="card stack">
        <ul class="stack">
          {t.browsers.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
        <code class="notice-code">google-chrome --enable-unsafe-webgpu --enable-features=Vulkan</code>
        <p class="soft">{t.secure}</p>
      </div>
      <Again label={t.retry} reason={reason} />
    </div>
  );
}

/** A button that opens the device anew, and what went wrong for who wants to know. */
function Again({ label, reason }: { readonly label: string; readonly reason: string }) {
  const t = words();
  return (
    <>
      <div class="row">
        <button type="button" class="button button-main" onClick={() => void openEngine()}>
          {label}
        </button>
      </div>
      <details class="soft small">
        <summary>{t.details}</summary>
        <p>{reason}</p>
      </details>
    </>
  );
}

function Lost({ reason }: { readonly reason: string }) {
  const t = words();
  return (
    <div class="stack-wide" role="alert">
      <div class="lead">
        <h1>{t.lostTitle}</h1>
        <p>{t.lostText}</p>
      </div>
      <Again label={t.recover} reason={reason} />
    </div>
  );
}

/** An error that a section throws while it renders is said in its place; the rest of the page goes on. */
class Boundary extends Component<{ readonly children: ComponentChildren }, { readonly error: Error | undefined }> {
  override state = { error: undefined };

  static override getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override render() {
    const { error } = this.state as { error: Error | undefined };
    if (!error) return this.props.children;
    return (
      <Notice kind="error" title={words().crashed}>
        {error.message}
      </Notice>
    );
  }
}

function Loaded({ section }: { readonly section: Section }) {
  const [failed, setFailed] = useState(false);
  const component = loaded.value.get(section.id);
  useEffect(() => {
    setFailed(false);
    load(section).then(whenIdle, () => setFailed(true));
  }, [section]);
  if (failed && !component) return <Notice kind="error">{words().sectionFailed}</Notice>;
  if (!component) return <p class="soft">{words().loading}</p>;
  const Shown = component;
  return (
    <Boundary key={section.id}>
      <Shown />
    </Boundary>
  );
}

function whenIdle(): void {
  const all = (): void => {
    for (const section of sections) void load(section).catch(() => undefined);
    void preload();
  };
  if ("requestIdleCallback" in window) requestIdleCallback(all, { timeout: 2000 });
  else setTimeout(all, 500);
}

function Main() {
  const state = engine.value;
  switch (state.kind) {
    case "opening":
      return <p class="soft">{words().opening}</p>;
    case "missing":
      return <Missing reason={state.reason} />;
    case "lost":
      return <Lost reason={state.reason} />;
    case "ready":
      return <Loaded key={state.generation} section={current()} />;
  }
}

function Footer() {
  const t = words();
  const state = engine.value;
  const facts = state.kind === "ready" ? state.device.facts : undefined;
  return (
    <footer class="bottom">
      <div class="bottom-inner">
        <span class="adapter" data-state={state.kind}>
          {facts ? (facts.software ? t.software : t.ready)(adapterName(facts)) : t.opening.replace("…", "")}
        </span>
        <span>{t.nothingLeaves}</span>
      </div>
    </footer>
  );
}

/** Whoever moves by keyboard goes on in the section that was opened, at its top. */
function useArrival(id: string) {
  const main = useRef<HTMLElement>(null);
  const arrived = useRef(id);
  useEffect(() => {
    if (arrived.current === id) return;
    arrived.current = id;
    scrollTo({ top: 0 });
    main.current?.focus({ preventScroll: true });
  }, [id]);
  return main;
}

export function App() {
  const t = words();
  const main = useArrival(current().id);
  return (
    <div class="shell">
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        {t.skip}
      </button>
      <Header />
      <main class="page" id="main" tabIndex={-1} ref={main}>
        <Main />
      </main>
      <Footer />
    </div>
  );
}
