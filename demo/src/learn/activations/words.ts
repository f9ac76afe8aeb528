/** Texts of the lesson on activation functions. */
import { dictionary } from "../../i18n";

export const words = dictionary(
  {
    title: "The bend that makes depth worth it",
    idea: "Without a bend between them, a hundred layers would be one. An activation function is that bend. Its slope matters as much as its value: in training the gradient is multiplied by it, layer after layer.",
    notice:
      "Set ten layers and compare the slopes. A sigmoid’s slope is at most 0.25, so ten of them leave less than a millionth of a gradient, and where it is flat it leaves none. ReLU’s slope is 1 wherever it is positive: ten or a hundred leave all of it.",
    functions: "Function",
    x: "Input x",
    depth: "Layers, one behind the other",
    chart: (name: string, depth: number) =>
      depth === 1
        ? `${name} and its slope from −4 to 4`
        : `${name}, ${depth} times, and the slope of the whole, from −4 to 4`,
    value: "value",
    slope: "slope",
    here: "here",
    names: {
      relu: "ReLU",
      leakyRelu: "Leaky ReLU",
      elu: "ELU",
      gelu: "GELU",
      sigmoid: "Sigmoid",
      tanh: "Tanh",
    },
    slides: [
      "networks are said to train faster “with the help of saturating functions such as tanh or sigmoid”. It is the reverse: ReLU does not saturate, and that is why it is faster. The paper reached 25 % training error six times sooner with it than with tanh.",
    ],
  },
  {
    title: "A dobra que faz a profundidade valer a pena",
    idea: "Sem uma dobra entre elas, cem camadas seriam uma só. A função de ativação é essa dobra. Sua inclinação importa tanto quanto seu valor: no treinamento o gradiente é multiplicado por ela, camada após camada.",
    notice:
      "Ponha dez camadas e compare as inclinações. A da sigmoide é no máximo 0,25, então dez delas deixam menos de um milionésimo do gradiente; onde ela é plana, não deixam nada. A inclinação da ReLU é 1 onde ela é positiva: dez ou cem deixam tudo passar.",
    functions: "Função",
    x: "Entrada x",
    depth: "Camadas, uma atrás da outra",
    chart: (name, depth) =>
      depth === 1
        ? `${name} e sua inclinação, de −4 a 4`
        : `${name}, ${depth} vezes, e a inclinação do conjunto, de −4 a 4`,
    value: "valor",
    slope: "inclinação",
    here: "aqui",
    names: {
      relu: "ReLU",
      leakyRelu: "Leaky ReLU",
      elu: "ELU",
      gelu: "GELU",
      sigmoid: "Sigmoide",
      tanh: "Tanh",
    },
    slides: [
      "diz-se que as redes treinam mais rápido “com a ajuda de funções de saturação como tanh ou sigmoide”. É o contrário: a ReLU não satura, e por isso é mais rápida. O artigo chegou a 25 % de erro de treinamento seis vezes antes com ela do que com a tanh.",
    ],
  },
);
