/** Texts of the lesson on augmentation. */
import { dictionary } from "../../i18n";

export const words = dictionary(
  {
    title: "One picture, thousands of lessons",
    idea: "A photograph cut a little elsewhere, mirrored, or in other light shows the same thing. AlexNet never saw a picture twice: of 256 × 256 pixels it learnt from a cut of 224 × 224 at a random place, mirrored half of the time, with its colours shifted.",
    notice:
      "The colours do not shift anyhow: along the three directions in which real photographs differ most, the strongest being plain brightness. And what is fair depends on the task: a mirrored cup is a cup, a mirrored letter is no letter.",
    picture: "The picture, and where its cuts are",
    variants: "Six variants of it, cut on your device",
    crop: "Cut anywhere",
    mirror: "Mirror half of them",
    colour: "Strength of the colour shift (the paper: 0.1)",
    again: "Draw six others",
    variant: (n: number, top: number, left: number, mirrored: boolean) =>
      `Variant ${n}: from row ${top}, column ${left}${mirrored ? ", mirrored" : ""}`,
    shift: (red: string, green: string, blue: string) => `red ${red}, green ${green}, blue ${blue}`,
    count: "cuts there are, mirrored ones too",
    slides: [
      "augmentation is listed without numbers. The paper speaks of 2,048 cuts, 32 × 32 places and their mirrors; a cut of 224 has 33 places in 256, so there are 33 × 33 × 2 = 2,178. And the “eigenvalues” that the paper scales colours by are, in the code that was run, their square roots.",
    ],
  },
  {
    title: "Uma imagem, milhares de lições",
    idea: "Uma fotografia cortada um pouco ao lado, espelhada ou em outra luz mostra a mesma coisa. A AlexNet nunca viu a mesma imagem duas vezes: de 256 × 256 pixels, aprendia com um recorte de 224 × 224 em lugar sorteado, espelhado metade das vezes, com as cores deslocadas.",
    notice:
      "As cores não se deslocam de qualquer jeito: seguem as três direções em que fotografias reais mais diferem, e a mais forte é o brilho. E o que vale depende da tarefa: uma xícara espelhada é uma xícara, uma letra espelhada não é letra.",
    picture: "A imagem, e onde estão os recortes",
    variants: "Seis variantes dela, cortadas no seu dispositivo",
    crop: "Cortar em qualquer lugar",
    mirror: "Espelhar metade",
    colour: "Força do deslocamento de cor (no artigo: 0,1)",
    again: "Sortear outras seis",
    variant: (n, top, left, mirrored) =>
      `Variante ${n}: a partir da linha ${top}, coluna ${left}${mirrored ? ", espelhada" : ""}`,
    shift: (red, green, blue) => `vermelho ${red}, verde ${green}, azul ${blue}`,
    count: "recortes possíveis, com os espelhados",
    slides: [
      "o aumento de dados aparece sem números. O artigo fala em 2.048 recortes, 32 × 32 lugares e seus espelhos; um recorte de 224 tem 33 lugares em 256, então são 33 × 33 × 2 = 2.178. E os “autovalores” que, no artigo, multiplicam as cores são, no código que rodou, as raízes deles.",
    ],
  },
);
