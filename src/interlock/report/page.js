// Charts take their colours from the page's CSS variables, so light, dark and print need no second drawing.
const font = getComputedStyle(document.querySelector(".interlock")).fontFamily;
// On a narrow screen names leave more room for what they name.
const labelLimit = Math.min(style.axis.labelLimit, document.documentElement.clientWidth * 0.36);
const config = { font, ...style, axis: { ...style.axis, labelLimit } };
const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;,=>?@^_`{|}~";
const digits = new Uint8Array(128);
for (let digit = 0; digit < 85; digit++) digits[letters.charCodeAt(digit)] = digit;
// Base 85, then gzip: see `packed` in library.py.
const unpacked = async (id) => {
  const text = document.getElementById(id).textContent;
  const short = (5 - (text.length % 5)) % 5, whole = text + "~".repeat(short);
  const bytes = new DataView(new ArrayBuffer((whole.length / 5) * 4));
  for (let at = 0; at < whole.length; at += 5) {
    let value = 0;
    for (let place = at; place < at + 5; place++) value = value * 85 + digits[whole.charCodeAt(place)];
    bytes.setUint32((at / 5) * 4, value);
  }
  const packed = new Blob([bytes.buffer.slice(0, bytes.byteLength - short)]);
  return new Response(packed.stream().pipeThrough(new DecompressionStream("gzip"))).text();
};
const element = (name, text) => Object.assign(document.createElement(name), { textContent: text });
// The numbers of a chart as a table; `textContent` takes names from the data as text, whatever they hold.
const listed = ([header, ...rows], title) => {
  const table = document.createElement("table");
  table.append(element("caption", title), document.createElement("thead"), document.createElement("tbody"));
  table.tHead.append(document.createElement("tr"));
  for (const name of header) table.tHead.rows[0].append(Object.assign(element("th", name), { scope: "col" }));
  for (const row of rows) {
    const line = table.tBodies[0].insertRow();
    for (const cell of row) line.append(element("td", cell));
  }
  return table;
};
const openable = (numbers, title) => {
  const details = Object.assign(element("details", ""), { className: "numbers" });
  const scroll = Object.assign(element("div", ""), { className: "scroll", tabIndex: 0 });
  scroll.setAttribute("role", "group");
  scroll.setAttribute("aria-label", "The numbers of this chart");
  details.append(element("summary", "Numbers"), scroll);
  details.addEventListener("toggle", () => { if (!scroll.firstChild) scroll.append(listed(numbers, title)); });
  return details;
};
const drawn = async () => {
  const [charts, library] = await Promise.all([unpacked("charts"), unpacked("library")]);
  document.head.append(element("script", library));
  const figures = document.querySelectorAll("figure.chart");
  await Promise.all(JSON.parse(charts).map(([spec, numbers, title], place) => {
    const figure = figures[place], picture = figure.querySelector(".vega");
    if (numbers) figure.insertBefore(openable(numbers, title), figure.querySelector("figcaption"));
    // `ast` evaluates expressions without eval, which the page's policy forbids.
    return vegaEmbed(picture, spec, { renderer: "svg", actions: false, ast: true, config, tooltip: { theme: "custom" } });
  }));
  document.documentElement.dataset.drawn = "yes";
};
if (document.getElementById("charts")) drawn();
const links = [...document.querySelectorAll("nav a")];
const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting)
    for (const link of links)
      if (link.hash === `#${entry.target.id}`) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
}, { rootMargin: "-10% 0px -80% 0px" });
for (const section of document.querySelectorAll("main > section")) seen.observe(section);
