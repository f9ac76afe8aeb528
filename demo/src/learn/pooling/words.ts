/** Texts of the lesson on pooling. */
import { dictionary } from "../../i18n";

export const words = dictionary(
  {
    title: "Keep the strongest, forget exactly where",
    idea: "Pooling looks at a small window of a feature map and lets one number stand for it: the largest, or the mean. The map gets smaller, and a feature that moves by a pixel still gives the same answer.",
    notice:
      "Make the window 3 and the stride 2: neighbouring windows share a row of numbers, so one strong number can win twice. AlexNet pools like that, and its authors found that it errs 0.4 points less than windows that only touch.",
    map: "A feature map: change its numbers",
    kind: "What stands for a window",
    max: "Largest",
    average: "Mean",
    window: "Window",
    stride: "Stride",
    rounding: "A window that does not fit whole",
    floor: "is left out",
    ceil: "is clipped",
    output: (size: number) => `Output, ${size} × ${size}`,
    overlapping: "The windows overlap.",
    touching: "The windows touch, and no number is in two.",
    gaps: "There are gaps between the windows: some numbers are never looked at.",
    winner: "The number marked in the window is the winner; in training, the window’s gradient goes to it alone.",
    slides: [
      "overlapping pooling is a title without numbers. With a window of 3 at a stride of 2 this map gives 70 alone when windows must fit, and 70 37 / 112 37 when the last ones may be clipped, as in the network of 2012.",
    ],
  },
  {
    title: "Guarde o mais forte, esqueça o lugar exato",
    idea: "O pooling olha para uma pequena janela de um mapa e deixa um número representá-la: o maior ou a média. O mapa fica menor, e uma característica que anda um pixel continua dando a mesma resposta.",
    notice:
      "Use janela 3 e passo 2: janelas vizinhas dividem uma fileira de números, então um número forte pode vencer duas vezes. A AlexNet faz pooling assim, e seus autores mediram 0,4 ponto a menos de erro do que com janelas que só se tocam.",
    map: "Um mapa de características: mude os números",
    kind: "O que representa a janela",
    max: "O maior",
    average: "A média",
    window: "Janela",
    stride: "Passo",
    rounding: "Uma janela que não cabe inteira",
    floor: "fica de fora",
    ceil: "é cortada",
    output: (size) => `Saída, ${size} × ${size}`,
    overlapping: "As janelas se sobrepõem.",
    touching: "As janelas se tocam, e nenhum número está em duas.",
    gaps: "Há vãos entre as janelas: alguns números nunca são vistos.",
    winner: "O número marcado na janela é o vencedor; no treinamento, o gradiente da janela vai só para ele.",
    slides: [
      "o pooling com sobreposição é um título sem números. Com janela 3 e passo 2, este mapa dá apenas 70 quando as janelas têm de caber, e 70 37 / 112 37 quando as últimas podem ser cortadas, como na rede de 2012.",
    ],
  },
);
