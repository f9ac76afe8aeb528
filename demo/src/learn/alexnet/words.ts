/** Texts of the lesson on AlexNet. */
import { dictionary } from "../../i18n";

export const words = dictionary(
  {
    title: "Where the weights are, and where the work is",
    idea: "Eight layers have weights: five convolutions, three fully connected. A convolution uses each weight again at every place of the picture; a connected layer uses each of its weights once.",
    notice:
      "The two halves are almost strangers: convolutions do nine tenths of the work with a twenty-fifth of the weights. That is why, on two devices, they are split in different ways.",
    weights: "Weights",
    work: "Multiply-adds for one picture",
    layer: (name: string, shape: string) => `${name}: ${shape}`,
    total: "in all",
    convolutional: "in the convolutions",
    measure: "Show",
    borderTitle: "224 or 227?",
    borderIdea:
      "The first kernel is 11 wide and moves by 4. How many times it fits depends on what happens at the border, and the forms of AlexNet that are around do not agree.",
    borderNotice:
      "The network of 2012 took 224 pixels without padding and rounded up: its last window hangs over by 3 pixels and reads zeros. Caffe took 227 and fits exactly, torchvision pads 224 by 2. All make 55. With 224 and nothing else it would be 54.",
    pixels: "Pixels",
    padding: "Padding",
    rounding: "Rounding",
    floor: "down",
    ceil: "up",
    maps: (side: number) => `${side} × ${side}`,
    momentumTitle: "Rolling downhill",
    momentumIdea:
      "Weights follow their gradients with momentum: v ← 0.9·v − 0.0005·ε·w − ε·g, then w ← w + v. Here a ball of two weights rolls down a valley that is steep across and flat along. Each point is a step of the optimiser’s kernel.",
    momentumNotice:
      "Without momentum, a rate that is safe across the valley crawls along it. At 0.9 the ball gathers speed along the valley, and swings across it less than one fears. Above a rate of 2 without momentum it leaves the valley: that is what exploding looks like.",
    rate: "Rate ε",
    momentum: "Momentum",
    decay: "Weight decay",
    path: (x: string, y: string) => `After 60 steps: ${x}, ${y}. The bottom is 0, 0.`,
    lrnTitle: "Neighbours damp each other",
    lrnIdea:
      "AlexNet divides each value by the strength of its neighbours in other maps, so that only what stands out goes on strongly. The slides call it a normalisation layer; hardly any network has it today. Here is one place in six maps.",
    lrnNotice:
      "The same formula has been written down in four ways. The paper’s α is taken as it is, but the code that was run divided it by the window’s size; Caffe starts from 1 where the original has 2; and on two devices no window crosses from one to the other. Mixing weights of one with the norm of another rescales the whole network.",
    convention: "Written down by",
    conventions: {
      original: "the code of 2012",
      paper: "the paper’s text",
      caffe: "Caffe",
      split: "2012, on two devices",
    },
    before: "before",
    after: "after",
    correctionsTitle: "What the slides get wrong",
    corrections: [
      "“15.3 % was 10.8 % lower than the runner-up.” The runner-up had 26.2 %, so it was 10.9 points.",
      "“The first convolutional network on a GPU.” There were earlier ones, such as Cireşan’s of 2011.",
      "“Two fully connected layers and a softmax.” Three layers with weights: 4096, 4096 and 1000 units.",
      "“224 becomes 227 because of some padding.” It does not: see above.",
      "And one of the paper itself: 253,440 neurons in the first layer. It is 55 × 55 × 96 = 290,400.",
    ],
  },
  {
    title: "Onde estão os pesos, e onde está o trabalho",
    idea: "Oito camadas têm pesos: cinco convoluções e três totalmente conectadas. Uma convolução usa cada peso de novo em cada lugar da imagem; uma camada conectada usa cada um dos seus uma vez só.",
    notice:
      "As duas metades quase não se parecem: as convoluções fazem nove décimos do trabalho com um vinte e cinco avos dos pesos. Por isso, em dois dispositivos, elas são divididas de maneiras diferentes.",
    weights: "Pesos",
    work: "Multiplicações com soma para uma imagem",
    layer: (name, shape) => `${name}: ${shape}`,
    total: "ao todo",
    convolutional: "nas convoluções",
    measure: "Mostrar",
    borderTitle: "224 ou 227?",
    borderIdea:
      "O primeiro kernel tem 11 de largura e anda de 4 em 4. Quantas vezes ele cabe depende do que acontece na borda, e as formas de AlexNet que circulam não concordam.",
    borderNotice:
      "A rede de 2012 recebia 224 pixels sem preenchimento e arredondava para cima: a última janela passa 3 pixels da borda e lê zeros. A Caffe usou 227, que cabe exatamente; o torchvision preenche 224 com 2. Todas dão 55. Com 224 e mais nada, seriam 54.",
    pixels: "Pixels",
    padding: "Preenchimento",
    rounding: "Arredondamento",
    floor: "para baixo",
    ceil: "para cima",
    maps: (side) => `${side} × ${side}`,
    momentumTitle: "Ladeira abaixo",
    momentumIdea:
      "Os pesos seguem seus gradientes com momento: v ← 0,9·v − 0,0005·ε·w − ε·g, depois w ← w + v. Aqui, uma bola de dois pesos desce um vale íngreme de um lado a outro e suave ao longo. Cada ponto é um passo do kernel do otimizador.",
    momentumNotice:
      "Sem momento, uma taxa segura na largura do vale se arrasta no comprimento. Com 0,9 a bola ganha velocidade ao longo do vale e balança na largura menos do que se teme. Com taxa acima de 2 e sem momento, ela sai do vale: é assim que se explode.",
    rate: "Taxa ε",
    momentum: "Momento",
    decay: "Decaimento dos pesos",
    path: (x, y) => `Depois de 60 passos: ${x}; ${y}. O fundo é 0; 0.`,
    lrnTitle: "Vizinhos se abafam",
    lrnIdea:
      "A AlexNet divide cada valor pela força dos vizinhos em outros mapas, para que só siga forte o que se destaca. Os slides chamam isso de camada de normalização; quase nenhuma rede de hoje tem. Aqui está um lugar em seis mapas.",
    lrnNotice:
      "A mesma fórmula foi escrita de quatro jeitos. O α do artigo é usado como está, mas o código que rodou o dividia pelo tamanho da janela; a Caffe parte de 1 onde o original tem 2; e, em dois dispositivos, nenhuma janela passa de um para o outro. Misturar os pesos de uma com a norma de outra muda a escala da rede inteira.",
    convention: "Escrita por",
    conventions: {
      original: "código de 2012",
      paper: "texto do artigo",
      caffe: "Caffe",
      split: "2012, em dois dispositivos",
    },
    before: "antes",
    after: "depois",
    correctionsTitle: "O que os slides erram",
    corrections: [
      "“15,3 % foi 10,8 % abaixo do segundo colocado.” O segundo teve 26,2 %, então foram 10,9 pontos.",
      "“A primeira rede convolucional em uma GPU.” Houve outras antes, como a de Cireşan, de 2011.",
      "“Duas camadas totalmente conectadas e um softmax.” São três camadas com pesos: 4096, 4096 e 1000 unidades.",
      "“224 vira 227 por causa de algum preenchimento.” Não vira: veja acima.",
      "E um do próprio artigo: 253.440 neurônios na primeira camada. São 55 × 55 × 96 = 290.400.",
    ],
  },
);
