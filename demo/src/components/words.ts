/** Texts of the shared components. */
import { dictionary } from "../i18n";

export const words = dictionary(
  {
    drop: "Drop a picture here, or paste one",
    pick: "Choose a picture",
    another: "Another picture",
    camera: "Use the camera",
    shoot: "Take the picture",
    cancel: "Cancel",
    live: "What the camera sees",
    broken: (name: string) =>
      `${name} is no picture that the browser can decode. PNG, JPEG, WebP, GIF and AVIF can be.`,
    noCamera: "The camera cannot be used: there is none, or the page was not allowed to.",
    shown: (name: string) => `The picture: ${name}`,
    pasted: "Pasted picture",
    photo: "Photograph",
  },
  {
    drop: "Solte uma imagem aqui, ou cole uma",
    pick: "Escolher uma imagem",
    another: "Outra imagem",
    camera: "Usar a câmera",
    shoot: "Tirar a foto",
    cancel: "Cancelar",
    live: "O que a câmera vê",
    broken: (name) => `${name} não é uma imagem que o navegador consiga decodificar. PNG, JPEG, WebP, GIF e AVIF são.`,
    noCamera: "Não dá para usar a câmera: não há nenhuma, ou a página não recebeu permissão.",
    shown: (name) => `A imagem: ${name}`,
    pasted: "Imagem colada",
    photo: "Fotografia",
  },
);
