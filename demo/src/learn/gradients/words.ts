/** Texts of the lesson on gradients through time. */
import { dictionary } from "../../i18n";

export const words = dictionary(
  {
    title: "A message passed back through time",
    idea: "A recurrent network learns from the end of a sequence: the gradient of the loss goes back step by step, and each step multiplies it by the same weights. Many times a little less than one is nothing; many times a little more than one is everything.",
    notice:
      "The scale is in powers of ten. With tanh and a stretch of 0.6 a hundred-millionth is left after thirty steps; with ReLU and a stretch of 2 it has grown twenty million times. The LSTM hardly cares: from 0.3 to 2 it passes on between a third and ten times, as long as its forget gate stands open. Set that bias to −3, and it forgets like the others.",
    cell: "Network",
    tanh: "Plain, tanh",
    relu: "Plain, ReLU",
    lstm: "LSTM",
    stretch: "How much the recurrent weights stretch a state",
    steps: "Steps",
    forget: "Bias of the forget gate",
    chart: "Gradient by what each step was given, of the last step’s",
    bar: (back: number) => (back === 0 ? "the last step" : `${back} back`),
    first: "Left at the first step",
    verdict: {
      vanished: "The gradient has vanished: the first steps learn nothing.",
      exploded: "The gradient has exploded: a step of training would throw the weights away.",
      alive: "The gradient is alive: the first steps can learn.",
    },
    signs: "How one notices in training",
    vanishing: "Vanishing",
    vanishingSigns: [
      "weights near the output change a lot, those near the input hardly",
      "learning is very slow, or stops early",
      "some weights go to zero",
    ],
    exploding: "Exploding",
    explodingSigns: ["the loss jumps, or becomes NaN", "weights grow fast", "gradients stay above 1 in every layer"],
    remedies:
      "What helps: LSTM cells, ReLU, shortcuts as in ResNets, first weights of the right size, and cutting gradients that are too long.",
    slides: [
      "back-propagation through time is called “BTT”; its name is BPTT. And as the weights are the same in every step, their gradients are added up over the steps.",
    ],
  },
  {
    title: "Um recado que volta no tempo",
    idea: "Uma rede recorrente aprende pelo fim da sequência: o gradiente da perda volta passo a passo, e cada passo o multiplica pelos mesmos pesos. Muitas vezes um pouco menos que um é nada; muitas vezes um pouco mais que um é tudo.",
    notice:
      "A escala é em potências de dez. Com tanh e fator 0,6, resta um centésimo de milionésimo depois de trinta passos; com ReLU e fator 2, ele cresceu vinte milhões de vezes. A LSTM quase não liga: de 0,3 a 2, deixa passar entre um terço e dez vezes, desde que a porta de esquecimento esteja aberta. Ponha o viés em −3, e ela esquece como as outras.",
    cell: "Rede",
    tanh: "Simples, tanh",
    relu: "Simples, ReLU",
    lstm: "LSTM",
    stretch: "Quanto os pesos recorrentes esticam um estado",
    steps: "Passos",
    forget: "Viés da porta de esquecimento",
    chart: "Gradiente em relação à entrada de cada passo, como parte do último",
    bar: (back) => (back === 0 ? "o último passo" : `${back} atrás`),
    first: "Resta no primeiro passo",
    verdict: {
      vanished: "O gradiente desapareceu: os primeiros passos não aprendem nada.",
      exploded: "O gradiente explodiu: um passo de treinamento jogaria os pesos longe.",
      alive: "O gradiente está vivo: os primeiros passos podem aprender.",
    },
    signs: "Como se percebe no treinamento",
    vanishing: "Desaparecendo",
    vanishingSigns: [
      "os pesos perto da saída mudam muito, os perto da entrada quase nada",
      "o aprendizado é muito lento ou para cedo",
      "alguns pesos vão a zero",
    ],
    exploding: "Explodindo",
    explodingSigns: [
      "a perda dá saltos ou vira NaN",
      "os pesos crescem depressa",
      "os gradientes ficam acima de 1 em todas as camadas",
    ],
    remedies:
      "O que ajuda: células LSTM, ReLU, atalhos como nas ResNets, pesos iniciais do tamanho certo e cortar gradientes longos demais.",
    slides: [
      "a retropropagação no tempo é chamada de “BTT”; o nome é BPTT. E, como os pesos são os mesmos em todos os passos, seus gradientes são somados ao longo dos passos.",
    ],
  },
);
