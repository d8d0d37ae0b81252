// Charts take their colours from the page's CSS variables, so light, dark and print need no second drawing.
const font = getComputedStyle(document.querySelector(".interlock")).fontFamily;
const config = { font, ...style };
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
