/** Texts of the lesson on gradients through time. */
import { dictionary } from "../../i18n";

export const words = dictionary(
  {
    title: "A message passed back through time",
    idea: "A recurrent network learns from the end of a sequence: the gradient of the loss goes back step by step, and each step multiplies it by the same weights. Many times a little less than one is nothing; many times a little more than one is everything.",
    notice:
      "Each bar is one step further back, and the scale is in powers of ten. Move the stretch from 0.9 to 1.1 and watch thirty steps make it millions. A plain ReLU network has no good setting, only a knife’s edge; the LSTM keeps its gradient while its forget gate stands open.",
    cell: "Network",
    tanh: "Plain, tanh",
    relu: "Plain, ReLU",
    lstm: "LSTM",
    stretch: "How much the recurrent weights stretch a state",
    steps: "Steps",
    forget: "Bias of the forget gate",
    chart: "Gradient by what each step was given, of the last step’s",
    bar: (back: number) => (back === 0 ? "the last step" : `${back} back`),
    first: "left at the first step",
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
      "Cada barra está um passo mais atrás, e a escala é em potências de dez. Leve o fator de 0,9 a 1,1 e veja trinta passos fazerem dele milhões. Uma rede simples com ReLU não tem um bom ajuste, só um fio de navalha; a LSTM guarda o gradiente enquanto a porta de esquecimento fica aberta.",
    cell: "Rede",
    tanh: "Simples, tanh",
    relu: "Simples, ReLU",
    lstm: "LSTM",
    stretch: "Quanto os pesos recorrentes esticam um estado",
    steps: "Passos",
    forget: "Viés da porta de esquecimento",
    chart: "Gradiente em relação à entrada de cada passo, como parte do último",
    bar: (back) => (back === 0 ? "o último passo" : `${back} atrás`),
    first: "resta no primeiro passo",
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
