// Pictures: their colours on paper and on the screen, their size, and how they are saved.

let printing = false;
const isDark = still => !still && !printing && darkScheme.matches;

/** Colours of a picture: those of the page, or of white paper for one that is saved. */
function themeOf(still) {
  if (still) return { paper: "#ffffff", ink: "#1f2933", muted: "#5c6670", line: "#d9dee4", soft: "#f4f6f8", band: "#fff0b8", accent: "#0a5fa5" };
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(["paper", "ink", "muted", "line", "soft", "band", "accent"].map(name => [name, style.getPropertyValue(`--${name}`).trim()]));
}

function newPicture(width, height, label, still) {
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  const svg = draw("svg", { xmlns: SVG, width: w, height: h, viewBox: `0 0 ${w} ${h}`, "font-family": PICTURE_FONT, role: still ? "img" : "group", "aria-label": label });
  if (still) svg.append(draw("rect", { width: w, height: h, fill: "#ffffff" }));
  return svg;
}

/** Buttons that save the picture that `makeStill` draws, as SVG and as PNG. */
function saveable(name, makeStill) {
  const text = () => new XMLSerializer().serializeToString(makeStill());
  byId(`${name}-svg`).addEventListener("click", () => download(`${name}.svg`, `<?xml version="1.0" encoding="UTF-8"?>\n${text()}\n`, "image/svg+xml"));
  byId(`${name}-png`).addEventListener("click", () => savePng(name, makeStill()));
}

/** Two pixels for one, less where the browser's canvas could not hold them. */
function savePng(name, svg) {
  const [width, height] = [svg.getAttribute("width"), svg.getAttribute("height")].map(Number);
  const scale = Math.min(2, 16000 / Math.max(width, height), Math.sqrt(1e8 / (width * height)));
  const image = new Image();
  image.onload = () => {
    const canvas = make("canvas", { width: Math.round(width * scale), height: Math.round(height * scale) });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(image.src);
    canvas.toBlob(blob => download(`${name}.png`, blob, "image/png"), "image/png");
  };
  image.src = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(svg)], { type: "image/svg+xml" }));
}

// ---- the size of a picture: as large as its place, or as the reader makes it ----

const zooms = new Map();
const zoomOf = view => zooms.get(view) || 1;

/** Fit a drawn picture into its place; a zoom makes it larger, and the place scrolls. */
function fitPicture(svg, view, room) {
  const [width, height] = [svg.getAttribute("width"), svg.getAttribute("height")].map(Number);
  const scale = Math.min(1, room / width) * zoomOf(view);
  svg.setAttribute("width", Math.round(width * scale));
  svg.setAttribute("height", Math.round(height * scale));
  svg.dataset.scale = scale.toFixed(3);
}

function listenToZooms() {
  for (const group of document.querySelectorAll(".zoom")) {
    const view = group.closest("section").id;
    const set = zoom => { zooms.set(view, Math.min(Math.max(zoom, 1), 8)); render(); };
    fill(group,
      make("button", { type: "button", title: "Smaller", "aria-label": "Smaller", onclick: () => set(zoomOf(view) / 1.5) }, "−"),
      make("button", { type: "button", title: "As large as the page", onclick: () => set(1) }, "Fit"),
      make("button", { type: "button", title: "Larger", "aria-label": "Larger", onclick: () => set(zoomOf(view) * 1.5) }, "+"));
  }
}

/** The largest of 1, 2 or 5 times a power of ten that is not above the value. */
function roundBelow(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [5, 2, 1].map(digit => digit * power).find(candidate => candidate <= value) || power / 2;
}
