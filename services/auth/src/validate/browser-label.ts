// Order matters: Edge and Opera also say Chrome, Chrome also says Safari, Android also says Linux.
const browsers = [
  [/\bEdg(?:e|A|iOS)?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\bFirefox\/|\bFxiOS\//, "Firefox"],
  [/\bChrome\/|\bChromium\/|\bCriOS\//, "Chrome"],
  [/\bSafari\//, "Safari"],
] as const;

const systems = [
  [/\biPhone|\biPad/, "iOS"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bMacintosh\b|\bMac OS X\b/, "macOS"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bLinux\b/, "Linux"],
] as const;

const longestHeader = 512;

const nameIn = (table: readonly (readonly [RegExp, string])[], header: string): string | undefined => table.find(([shape]) => shape.test(header))?.[1];

/** Words of ours for a User-Agent, so that a person knows their own browser again; what the header says itself is kept nowhere. */
export const browserLabel = (userAgent: string | undefined): string => {
  const header = (userAgent ?? "").slice(0, longestHeader);
  return [nameIn(browsers, header), nameIn(systems, header)].filter((name) => name !== undefined).join(", ");
};
