/** Texts of the lesson on dropout. */
import { dictionary } from "../../i18n";

export const words = dictionary(
  {
    title: "Learning with half the team away",
    idea: "In every step of training each unit of a layer is left out with probability p, by lot. No unit can rely on another being there, so each has to be useful by itself. Afterwards all of them work.",
    notice:
      "Go to the next step and back: the mask comes back, unit for unit. It is not random at all, but a hash of the seed, the layer’s name and the step, so a run can be repeated or resumed bit for bit on any device.",
    p: "Probability p of being left out",
    seed: "Seed",
    step: "Step of training",
    play: "Play",
    pause: "Pause",
    form: "Making up for it",
    paper: "as in 2012",
    inverted: "as today",
    paperText:
      "In training what is left goes on as it is; afterwards everything is multiplied by 1 − p. So AlexNet was run.",
    invertedText:
      "In training what is left is divided by 1 − p; afterwards nothing has to be done. So most libraries do it today.",
    units: "96 units of a layer: the brighter, the stronger",
    kept: "units at work",
    train: "mean in training, this step",
    average: "mean over 256 other masks",
    test: "mean afterwards",
    state: (kept: number, all: number) => `${kept} of ${all} units are at work`,
  },
  {
    title: "Aprender com metade da equipe fora",
    idea: "A cada passo do treinamento, cada unidade de uma camada fica de fora com probabilidade p, por sorteio. Nenhuma pode contar com a presença da outra, então cada uma precisa ser útil sozinha. Depois, todas trabalham.",
    notice:
      "Vá para o próximo passo e volte: a máscara volta, unidade por unidade. Ela não tem nada de aleatória: é um hash da semente, do nome da camada e do passo. Assim um treinamento pode ser repetido ou retomado, bit a bit, em qualquer dispositivo.",
    p: "Probabilidade p de ficar de fora",
    seed: "Semente",
    step: "Passo do treinamento",
    play: "Tocar",
    pause: "Pausar",
    form: "Como se compensa",
    paper: "como em 2012",
    inverted: "como hoje",
    paperText:
      "No treinamento, o que sobra segue como está; depois, tudo é multiplicado por 1 − p. Foi assim que a AlexNet rodou.",
    invertedText:
      "No treinamento, o que sobra é dividido por 1 − p; depois, não se faz nada. É assim na maioria das bibliotecas de hoje.",
    units: "96 unidades de uma camada: quanto mais forte, mais viva a cor",
    kept: "unidades trabalhando",
    train: "média no treinamento, neste passo",
    average: "média de 256 outras máscaras",
    test: "média depois",
    state: (kept, all) => `${kept} de ${all} unidades estão trabalhando`,
  },
);
