/** Texts of Classify. */
import { dictionary } from "../i18n";

export const words = dictionary(
  {
    title: "What does the network see?",
    lead: "The network that began deep learning’s decade, computed here and now by your own machine. Give it a picture.",
    answers: "The five likeliest answers",
    meaningless: "random weights, so random answers",
    perImage: "per picture",
    preparing: "preparing it",
    ranOn: "computed on",
    software: "software adapter",
    classifying: "Looking…",
    failed: "This picture could not be classified.",
    announce: (label: string, share: string) => `Most likely: ${label}, ${share}`,
  },
  {
    title: "O que a rede vê?",
    lead: "A rede que abriu a década do aprendizado profundo, calculada aqui e agora pela sua própria máquina. Dê uma imagem a ela.",
    answers: "As cinco respostas mais prováveis",
    meaningless: "pesos aleatórios, respostas aleatórias",
    perImage: "por imagem",
    preparing: "para prepará-la",
    ranOn: "calculado em",
    software: "adaptador por software",
    classifying: "Olhando…",
    failed: "Não foi possível classificar esta imagem.",
    announce: (label, share) => `Mais provável: ${label}, ${share}`,
  },
);
