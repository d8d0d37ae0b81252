// Charts take their colours from the page's CSS variables, so light, dark and print need no second drawing.
const font = getComputedStyle(document.querySelector(".interlock")).fontFamily;
const config = { font, ...style };
const unpacked = async (id) => {
  const packed = Uint8Array.from(atob(document.getElementById(id).textContent), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
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
const drawn = async () => {
  const [charts, library] = await Promise.all([unpacked("charts"), unpacked("library")]);
  document.head.append(element("script", library));
  const figures = document.querySelectorAll("figure.chart");
  await Promise.all(JSON.parse(charts).map(([spec, numbers, title], place) => {
    const [picture, details] = figures[place].querySelectorAll(".vega, details");
    if (details) details.addEventListener("toggle", () => {
      const scroll = details.querySelector(".scroll");
      if (!scroll.firstChild) scroll.append(listed(numbers, title));
    });
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
