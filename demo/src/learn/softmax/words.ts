/** Texts of the lesson on softmax. */
import { dictionary } from "../../i18n";

export const words = dictionary(
  {
    title: "From scores to shares",
    idea: "A network ends in scores that can be any numbers. Softmax makes shares of them: each is e to its score, over the sum of all. They are positive and add up to one.",
    notice:
      "Only differences count: raise all scores by the same and nothing moves. Cool down and the largest takes everything; heat up and all become alike. And the gradient is as simple as can be: the share, minus one for the right answer.",
    scores: "Scores: the slides’ network after “he”",
    score: (letter: string) => `Score of “${letter}”`,
    temperature: "Temperature",
    right: "The right answer",
    shares: "Shares",
    reset: "The slides’ scores",
    loss: "loss, −ln of the right share",
    gradient: "What training does to each score",
    up: (by: string) => `up, by ${by}`,
    down: (by: string) => `down, by ${by}`,
    sum: "They add up to",
    slides: [
      "the shares of this example (their “step 7”) are missing. They are 0.4197, 0.1947, 0.1624 and 0.2231: the network, which was never trained, says h after “he”.",
    ],
  },
  {
    title: "De pontuações a fatias",
    idea: "Uma rede termina em pontuações, que podem ser quaisquer números. O softmax faz delas fatias: cada uma é e elevado à pontuação, sobre a soma de todas. São positivas e somam um.",
    notice:
      "Só as diferenças contam: aumente todas as pontuações igualmente e nada se mexe. Esfrie, e a maior leva tudo; esquente, e todas ficam iguais. E o gradiente não podia ser mais simples: a fatia, menos um na resposta certa.",
    scores: "Pontuações: a rede dos slides depois de “he”",
    score: (letter) => `Pontuação de “${letter}”`,
    temperature: "Temperatura",
    right: "A resposta certa",
    shares: "Fatias",
    reset: "As pontuações dos slides",
    loss: "perda, −ln da fatia certa",
    gradient: "O que o treinamento faz com cada pontuação",
    up: (by) => `sobe, ${by}`,
    down: (by) => `desce, ${by}`,
    sum: "Somam",
    slides: [
      "as fatias deste exemplo (o “passo 7”) não aparecem. São 0,4197, 0,1947, 0,1624 e 0,2231: a rede, que nunca foi treinada, diz h depois de “he”.",
    ],
  },
);
