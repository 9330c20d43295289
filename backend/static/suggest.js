// While somebody types, the titles that begin so; without this the page tells them once it is sent.
const field = document.getElementById("q");
const box = document.getElementById("suggested");
const list = box.querySelector("ul");
let waiting;

function linked({ code, title }) {
  const item = document.createElement("li");
  const link = item.appendChild(document.createElement("a"));
  link.href = `/procedures/${encodeURIComponent(code)}`;
  link.textContent = title;
  return item;
}

async function offer() {
  const q = field.value.trim().slice(0, 100);
  if (!q) {
    box.hidden = true;
    return;
  }
  const answer = await fetch(`/v1/public-services/suggestions?q=${encodeURIComponent(q)}`);
  if (!answer.ok || !field.value.trim().startsWith(q)) return;
  const { suggestions } = await answer.json();
  list.replaceChildren(...suggestions.map(linked));
  box.hidden = suggestions.length === 0;
}

field.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => offer().catch(() => {}), 150);
});
