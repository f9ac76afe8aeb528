/** Texts of the shell. */
import { dictionary } from "./i18n";

/** Sections by their ids, as the navigation shows them. */
export const names = {
  classify: { en: "Classify", pt: "Classificar" },
  inside: { en: "Look inside", pt: "Por dentro" },
  devices: { en: "Two devices", pt: "Dois dispositivos" },
  learn: { en: "Learn", pt: "Aprender" },
  train: { en: "Train here", pt: "Treinar aqui" },
  lab: { en: "Lab", pt: "Laboratório" },
} as const;

export const words = dictionary(
  {
    skip: "Skip to the content",
    sections: "Sections",
    toDark: "Switch to dark colours",
    toLight: "Switch to light colours",
    toOther: "PT: mudar para português",
    opening: "Opening the GPU…",
    loading: "Loading…",
    ready: (name: string) => `Runs here, on ${name}`,
    software: (name: string) => `Runs here, on ${name}: software, no GPU. Everything works, slower.`,
    nothingLeaves: "Your pictures never leave this page.",
    lostTitle: "The GPU went away",
    lostText:
      "The browser took the device back: a driver was updated, the machine slept, or a page used too much of it. Your picture and settings are still here.",
    recover: "Open it again",
    missingTitle: "This browser shows no GPU",
    missingText:
      "The page computes with WebGPU, which your browser does not offer here. One of these has it; open this page there.",
    browsers: [
      "Chrome or Edge 113 or newer, on Windows, macOS, ChromeOS and Android 12 or newer",
      "Safari 26 or newer, on macOS, iOS and iPadOS",
      "Firefox 141 or newer on Windows, 145 or newer on macOS with Apple's chips",
      "Chrome on Linux: start it with the flag below, or switch on “Unsafe WebGPU Support” at chrome://flags",
    ],
    secure: "The page must come over https, or from localhost.",
    details: "What the browser said",
    retry: "Try again",
    sectionFailed: "This section could not be loaded. Are you offline?",
    crashed: "Something in this section failed.",
  },
  {
    skip: "Ir para o conteúdo",
    sections: "Seções",
    toDark: "Mudar para cores escuras",
    toLight: "Mudar para cores claras",
    toOther: "EN: switch to English",
    opening: "Abrindo a GPU…",
    loading: "Carregando…",
    ready: (name) => `Roda aqui, em ${name}`,
    software: (name) => `Roda aqui, em ${name}: software, sem GPU. Tudo funciona, mais devagar.`,
    nothingLeaves: "Suas imagens nunca saem desta página.",
    lostTitle: "A GPU foi embora",
    lostText:
      "O navegador tomou o dispositivo de volta: um driver foi atualizado, a máquina dormiu ou uma página usou demais. Sua imagem e suas escolhas continuam aqui.",
    recover: "Abrir de novo",
    missingTitle: "Este navegador não mostra nenhuma GPU",
    missingText:
      "A página calcula com WebGPU, que seu navegador não oferece aqui. Um destes oferece; abra esta página nele.",
    browsers: [
      "Chrome ou Edge 113 ou mais novo, em Windows, macOS, ChromeOS e Android 12 ou mais novo",
      "Safari 26 ou mais novo, em macOS, iOS e iPadOS",
      "Firefox 141 ou mais novo no Windows, 145 ou mais novo no macOS com chips da Apple",
      "Chrome no Linux: inicie com a opção abaixo ou ligue “Unsafe WebGPU Support” em chrome://flags",
    ],
    secure: "A página precisa vir por https ou de localhost.",
    details: "O que o navegador disse",
    retry: "Tentar de novo",
    sectionFailed: "Não foi possível carregar esta seção. Você está sem rede?",
    crashed: "Algo falhou nesta seção.",
  },
);
