// Charts take their colours from the page's CSS variables, so light, dark and print need no second drawing.
const font = getComputedStyle(document.querySelector(".interlock")).fontFamily;
const quiet = { labelColor: "var(--muted)", titleColor: "var(--muted)", domainColor: "var(--rule)", tickColor: "var(--rule)", gridColor: "var(--rule)" };
const config = {
  font, background: null,
  view: { stroke: null },
  axis: { ...quiet, labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal", titlePadding: 8, labelLimit: 220, labelPadding: 5 },
  legend: { labelColor: "var(--muted)", titleColor: "var(--muted)", labelFontSize: 12, orient: "top", title: null, symbolType: "square", symbolOpacity: 1 },
  title: { color: "var(--ink)", subtitleColor: "var(--muted)", fontSize: 14, fontWeight: 600, subtitleFontSize: 12, anchor: "start", frame: "bounds", offset: 12, subtitlePadding: 4 },
  range: { category: [1, 2, 3, 4, 5, 6].map((i) => `var(--series-${i})`) },
  bar: { fill: "var(--series-1)" }, rule: { stroke: "var(--muted)" }, line: { stroke: "var(--series-1)" },
  point: { filled: true, fill: "var(--series-1)" }, area: { fill: "var(--series-1)" }, text: { fill: "var(--ink)" },
};
for (const figure of document.querySelectorAll("figure.chart")) {
  const spec = JSON.parse(figure.querySelector("script").textContent);
  // `ast` evaluates expressions without eval, which the page's policy forbids.
  vegaEmbed(figure.querySelector(".vega"), spec, { renderer: "svg", actions: false, ast: true, config, tooltip: { theme: "custom" } });
}
const links = [...document.querySelectorAll("nav a")];
const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting)
    for (const link of links)
      if (link.hash === `#${entry.target.id}`) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
}, { rootMargin: "-10% 0px -80% 0px" });
for (const section of document.querySelectorAll("main > section")) seen.observe(section);
