// Live view: what a running call has told so far → elements of #live. Rows that did not change stay, and keep the focus.
"use strict";

const SPEAKERS = { agent: "坐席", caller: "来电人" };
const RANKS = Object.keys(NAMES);
const rankOf = (name) => (RANKS.includes(name) ? RANKS.indexOf(name) : RANKS.length);
const listNames = (names) => names.map((name) => NAMES[name] || name);

function clearLive() {
  for (const part of ["said", "fields", "later", "missing", "title", "content", "ms"]) at(`live-${part}`).replaceChildren();
  at("live-ask").textContent = "先听来电人怎么说……";
  tellFault("");
  tellAlarm({ transfer: null, verify: null });
}

// What cannot wait: the line that should take over, or that somebody should ask now whether it is one's.
function tellAlarm({ transfer, verify }) {
  const banner = at("live-alarm");
  const words = transfer ? `建议立即转 ${transfer.to}` : verify ? "疑似紧急，立即核实" : "";
  const reason = transfer ? transfer.reason : verify || "";
  banner.hidden = !words;
  // It is read aloud when it changes.
  if (banner.textContent !== words + `　${reason}`) banner.replaceChildren(make("strong", "", words), `　${reason}`);
}

function tellFault(words) {
  at("live-fault").textContent = words;
  at("live-fault").hidden = !words;
}

// A turn as it is spoken. Its number is the one that the service counts by; it comes with the answer.
function addTurn(turn) {
  const row = make("div", `turn ${turn.role} pending`,
    make("span", "speaker", SPEAKERS[turn.role]), make("div", "words", turn.text), make("span", "took"));
  at("live-said").append(row);
  followTurns(row);
  return row;
}

// Who has scrolled back by more than a page wants to read there.
function followTurns(row) {
  const said = at("live-said");
  if (row.offsetTop - said.offsetTop - said.scrollTop < 2 * said.clientHeight) said.scrollTop = said.scrollHeight;
}

function settleTurn(row, note, isHeard) {
  row.classList.remove("pending");
  row.classList.toggle("refused", !isHeard);
  row.querySelector(".took").textContent = note;
  if (row === at("live-said").lastChild) followTurns(row);
}

// Marks the words that the fields rest on; only turns whose marks changed are written again.
function markTurns(turns, fields) {
  const spans = Object.entries(fields).flatMap(([field, { spans: places }]) => places.map((span) => ({ ...span, field })));
  turns.forEach(({ row, text }, index) => {
    const own = spans.filter((span) => span.turn === index);
    const marks = JSON.stringify(own);
    if (row.dataset.marks === marks) return;
    row.dataset.marks = marks;
    row.dataset.turn = index;
    row.querySelector(".words").replaceChildren(markedText(text, own));
  });
}

// The rows of the changed fields, in the form's order. News are what a person can see: a value, a status, another reading.
function tellFields(before, fields, changed) {
  const list = at("live-fields");
  const seen = (entry) => entry && JSON.stringify([wording(entry.value), entry.status, entry.alternatives]);
  for (const name of changed) {
    const old = list.querySelector(`[data-field="${CSS.escape(name)}"]`);
    if (fields[name].status === "missing") { old?.remove(); continue; }
    const row = fieldRow(name, fields[name]);
    if (seen(before[name]) !== seen(fields[name])) {
      row.dataset.news = old ? "改" : "新";
      row.classList.add("fresh");
    }
    const focused = old === document.activeElement;
    if (old) old.replaceWith(row);
    else list.insertBefore(row, [...list.children].find((other) => rankOf(other.dataset.field) > rankOf(name)) || null);
    if (focused) row.focus({ preventScroll: true });
  }
}

// What the call-taker looks at: one question, then the others, then what is missing.
function tellAsk({ ask, missing }, isOver) {
  const [first, ...later] = ask.map((question) => question.text);
  const complete = isOver ? "要素齐全。" : "要素已齐，核对后可以结束。";
  const words = first || (missing.length ? "没有要追问的了。" : complete);
  at("live-next-name").textContent = isOver ? "还没问到" : "现在问";
  if (at("live-ask").textContent !== words) refresh(at("live-ask"), words);
  at("live-later").replaceChildren(...later.map((text) => make("li", "", text)));
  const tags = listNames(missing).map((name) => make("span", "tag warn", name));
  at("live-missing").replaceChildren(...(tags.length ? [make("span", "hint", "还缺"), ...tags] : []));
}

function refresh(element, words) {
  element.textContent = words;
  element.classList.remove("fresh");
  void element.offsetWidth; // or the animation would not begin anew
  element.classList.add("fresh");
}

function tellTimes(times) {
  at("live-ms").textContent = `${Math.round(times.at(-1))} ms · 最慢 ${Math.round(Math.max(...times))}`;
}

// `turns`, `told` and `news` as the service counts and tells them; `before` are the fields of the time before.
function tellNews(turns, told, before, news, isOver) {
  document.querySelectorAll("#live .fresh").forEach((element) => element.classList.remove("fresh"));
  tellFields(before, told.fields, Object.keys(news.fields));
  markTurns(turns, told.fields);
  if ("title" in news) refresh(at("live-title"), told.title);
  at("live-content").textContent = told.content;
  tellAsk(told, isOver);
  tellAlarm(told);
}

function tellState({ state, script, turns, playing }) {
  const left = script.length;
  const said = at("live-said").children.length;
  const isDone = state === "over" || state === "broken";
  const words = {
    opening: "正在接通……", ending: "正在通读全文……", broken: "通话中断",
    open: left ? (playing ? "通话中" : "已暂停") : said ? "说到这里了：可以接着说，或结束通话" : "已接通，请说第一句",
    over: said ? "通话结束，全文已再读一遍" : "通话结束，没有人说话",
  }[state];
  if (at("live-state").textContent !== words) at("live-state").textContent = words; // it is read aloud
  at("live-state").className = `state ${{ open: "ready", broken: "down" }[state] || ""}`;
  at("live-count").textContent = said ? `第 ${said}${left ? ` / ${said + left}` : ""} 句` : "";
  at("live-pause").textContent = playing ? "暂停" : "继续";
  at("live-pause").disabled = at("live-step").disabled = !left || state !== "open";
  at("live-end").disabled = state !== "open";
  at("live-end").classList.toggle("due", !left && said > 0);
  const wasHere = at("live").contains(document.activeElement);
  at("live-controls").hidden = at("live-say").hidden = isDone;
  at("live-whole").hidden = !(isDone && turns.length);
  if (isDone && wasHere) at(turns.length ? "live-whole" : "live").focus({ preventScroll: true });
}
