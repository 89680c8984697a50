import type { Language } from "./language.ts";
import { englishTexts } from "./texts-en.ts";
import { koreanTexts } from "./texts-ko.ts";
import type { Texts } from "./texts.ts";

const texts: Readonly<Record<Language, Texts>> = { en: englishTexts, ko: koreanTexts };

/** The sentences of a language. The type makes sure that none is missing in one of them. */
export const textsIn = (language: Language): Texts => texts[language];
