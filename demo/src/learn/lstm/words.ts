/** Texts of the lesson on the LSTM. */
import { dictionary } from "../../i18n";

export const words = dictionary(
  {
    title: "A cell with four gates",
    idea: "An LSTM cell keeps a number for as long as it likes. The input gate i lets a candidate g in, the forget gate f holds on to what is there, the output gate o shows it: c′ = f·c + i·g, h = o·tanh(c′).",
    notice:
      "Write at one step, read many steps later: the number is still there, because c is carried on by a multiplication with f ≈ 1 and by no squashing. Lower the bias of the forget gate, and it leaks away. This cell’s weights were chosen by hand, so that each gate listens to one switch; training finds such weights by itself.",
    story: "Tell the cell what to do: press the switches",
    step: (t: number) => `step ${t}`,
    value: "what stands at the input",
    write: "write",
    erase: "erase",
    read: "read",
    on: "on",
    off: "off",
    valueAt: (t: number) => `Input at step ${t}`,
    gates: {
      input: "input gate i",
      forget: "forget gate f",
      candidate: "candidate g",
      output: "output gate o",
    },
    cell: "cell state c",
    hidden: "output h",
    forgetBias: "Bias of the forget gate",
    reset: "The first story",
    agreement: (difference: string) =>
      `Computed gate by gate, with matrix products, σ and tanh. The engine’s own LSTM kernel, which does all of it in one go, differs by at most ${difference}.`,
    same: "Computed gate by gate, with matrix products, σ and tanh. The engine’s own LSTM kernel, which does all of it in one go, gives the same numbers.",
    slides: ["c_t stands for two things. In c_t = f·c_(t−1) + i·c_t the last one is the candidate, here g."],
  },
  {
    title: "Uma célula com quatro portas",
    idea: "Uma célula LSTM guarda um número pelo tempo que quiser. A porta de entrada i deixa entrar um candidato g, a porta de esquecimento f segura o que está lá, a porta de saída o mostra: c′ = f·c + i·g, h = o·tanh(c′).",
    notice:
      "Escreva em um passo e leia muitos passos depois: o número continua lá, porque c passa adiante por uma multiplicação com f ≈ 1, sem ser espremido. Baixe o viés da porta de esquecimento, e ele vaza. Os pesos desta célula foram escolhidos à mão, para cada porta ouvir uma chave; o treinamento encontra pesos assim sozinho.",
    story: "Diga à célula o que fazer: aperte as chaves",
    step: (t) => `passo ${t}`,
    value: "o que está na entrada",
    write: "escrever",
    erase: "apagar",
    read: "ler",
    on: "ligado",
    off: "desligado",
    valueAt: (t) => `Entrada no passo ${t}`,
    gates: {
      input: "porta de entrada i",
      forget: "porta de esquecimento f",
      candidate: "candidato g",
      output: "porta de saída o",
    },
    cell: "estado da célula c",
    hidden: "saída h",
    forgetBias: "Viés da porta de esquecimento",
    reset: "A primeira história",
    agreement: (difference) =>
      `Calculado porta por porta, com produtos de matrizes, σ e tanh. O kernel LSTM do próprio motor, que faz tudo de uma vez, difere em no máximo ${difference}.`,
    same: "Calculado porta por porta, com produtos de matrizes, σ e tanh. O kernel LSTM do próprio motor, que faz tudo de uma vez, dá os mesmos números.",
    slides: ["c_t significa duas coisas. Em c_t = f·c_(t−1) + i·c_t, o último é o candidato, aqui g."],
  },
);
