/** Texts of the lesson on image kernels. */
import { dictionary } from "../../i18n";

export const words = dictionary(
  {
    title: "A small window that looks for one thing",
    idea: "A kernel is a little grid of numbers. It slides over a picture; at each stop every pixel below it is multiplied by the number above it, and the products are added up. What comes out is large where the picture looks like the kernel.",
    notice:
      "With the outline kernel flat areas turn black: its numbers add up to zero, so nothing is left where nothing changes. A convolutional network begins with such kernels, but finds the numbers by itself: AlexNet has 96 of 11 × 11 × 3 in its first layer.",
    kernel: "Kernel",
    size: "Kernel size",
    presets: "Begin from",
    names: {
      identity: "Identity",
      blur: "Box blur",
      gauss: "Gaussian blur",
      sharpen: "Sharpen",
      outline: "Outline",
      upright: "Upright edges",
      level: "Level edges",
      emboss: "Emboss",
    },
    magnitude: "Show what is below zero as if it were above",
    before: "The picture",
    after: (width: number, height: number) => `After the kernel: ${width} × ${height}`,
    stride: "Stride",
    padding: "Padding",
    dilation: "Dilation",
    tooLarge: "The kernel spans more than the padded picture: no window fits. Add padding, or dilate less.",
    numbersTitle: "The same, on 49 numbers",
    numbersIdea:
      "Point at a number of the output: the window it came from lights up, and the sum is written out. Change a number of the kernel, the stride, the padding or the dilation, and count along with the formula.",
    numbersNotice:
      "Stride 2 leaves out every second window, padding lets windows hang over the border, dilation spreads the same nine numbers over a larger window. None of them changes how many weights there are.",
    input: "Input, 7 × 7",
    inputPadded: (padding: number) => `Input, 7 × 7, with ${padding} of padding around it`,
    output: (size: number) => `Output, ${size} × ${size}`,
    formula: "⌊(i + 2p − d·(k − 1) − 1) / s⌋ + 1 windows fit along each axis:",
    span: (span: number) => `The kernel spans ${span}.`,
    sum: "The number you point at:",
    slides: [
      "the size formulas [i−k/s]+1 and [i−k+2p/s]+1 have lost their fraction bars, and their result is labelled “Stride”. It is the output size, ⌊(i − k + 2p) / s⌋ + 1.",
      "only the first output of this example, 91, is printed. All nine at stride 2 are 91 100 88 / 69 91 117 / 44 72 74; older drawings of it that show 83 and 127 on the right are wrong.",
      "the main aim of a convolutional layer is said to be “to reduce the feature map”. Its aim is to find features; sizes shrink by stride and pooling.",
    ],
  },
  {
    title: "Uma janelinha que procura uma coisa só",
    idea: "Um kernel é uma pequena grade de números. Ele desliza sobre a imagem; a cada parada, cada pixel embaixo é multiplicado pelo número em cima, e os produtos são somados. O resultado é grande onde a imagem se parece com o kernel.",
    notice:
      "Com o kernel de contorno, as áreas lisas ficam pretas: seus números somam zero, então nada sobra onde nada muda. Uma rede convolucional começa com kernels assim, mas encontra os números sozinha: a AlexNet tem 96, de 11 × 11 × 3, na primeira camada.",
    kernel: "Kernel",
    size: "Tamanho do kernel",
    presets: "Começar por",
    names: {
      identity: "Identidade",
      blur: "Desfoque",
      gauss: "Desfoque gaussiano",
      sharpen: "Nitidez",
      outline: "Contorno",
      upright: "Bordas verticais",
      level: "Bordas horizontais",
      emboss: "Relevo",
    },
    magnitude: "Mostrar o que é negativo como se fosse positivo",
    before: "A imagem",
    after: (width, height) => `Depois do kernel: ${width} × ${height}`,
    stride: "Passo (stride)",
    padding: "Preenchimento (padding)",
    dilation: "Dilatação",
    tooLarge:
      "O kernel cobre mais do que a imagem com o preenchimento: nenhuma janela cabe. Preencha mais ou dilate menos.",
    numbersTitle: "O mesmo, em 49 números",
    numbersIdea:
      "Aponte para um número da saída: a janela de onde ele veio se acende, e a soma aparece por extenso. Mude um número do kernel, o passo, o preenchimento ou a dilatação, e acompanhe a conta na fórmula.",
    numbersNotice:
      "Passo 2 pula uma janela a cada duas; o preenchimento deixa as janelas passarem da borda; a dilatação espalha os mesmos nove números por uma janela maior. Nenhum deles muda a quantidade de pesos.",
    input: "Entrada, 7 × 7",
    inputPadded: (padding) => `Entrada, 7 × 7, com ${padding} de preenchimento em volta`,
    output: (size) => `Saída, ${size} × ${size}`,
    formula: "Cabem ⌊(i + 2p − d·(k − 1) − 1) / s⌋ + 1 janelas em cada eixo:",
    span: (span) => `O kernel cobre ${span}.`,
    sum: "O número apontado:",
    slides: [
      "as fórmulas [i−k/s]+1 e [i−k+2p/s]+1 perderam o traço de fração, e o resultado aparece com o nome de “Stride”. Ele é o tamanho da saída, ⌊(i − k + 2p) / s⌋ + 1.",
      "só a primeira saída deste exemplo, 91, está impressa. As nove, com passo 2, são 91 100 88 / 69 91 117 / 44 72 74; desenhos mais antigos, que mostram 83 e 127 à direita, estão errados.",
      "o objetivo principal de uma camada convolucional seria “reduzir o mapa de características”. O objetivo é encontrar características; quem reduz o tamanho são o passo e o pooling.",
    ],
  },
);
