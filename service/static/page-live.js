// Live: plays what was pasted, turn by turn, into a session of /v1/live, as a call that is running; one at a time.
"use strict";

const MS_A_CHARACTER = 220; // as people speak: some 270 characters a minute
const UNSAID = { fields: {}, title: "", content: "", missing: [], ask: [], transfer: null, verify: null };

let live = null;

class LiveCall {
  constructor(script) {
    this.script = script; // not yet spoken
    this.pending = []; // sent, and not yet answered; answers come in order
    this.turns = []; // those that the service has heard, with their rows
    this.times = [];
    this.told = UNSAID;
    this.playing = script.length > 0;
    this.state = "opening"; // then open, ending, over or broken
    this.socket = openSocket();
    this.socket.onopen = () => { this.state = "open"; this.speakNext(); };
    this.socket.onmessage = ({ data }) => this.take(JSON.parse(data));
    this.socket.onclose = (event) => this.close(event);
    this.tell();
  }

  tell() {
    tellState(this);
    this.plan();
  }

  // The next turn comes when it would have been spoken, and not into somebody's own words.
  plan() {
    clearTimeout(this.timer);
    const isFree = this.state === "open" && this.playing && !this.pending.length && !at("live-words").value.trim();
    if (!isFree || !this.script.length) return;
    const ms = (this.script[0].text.length * MS_A_CHARACTER) / Number(at("live-speed").value);
    this.timer = setTimeout(() => this.speakNext(), Math.max(ms, 300));
  }

  speakNext() {
    if (this.script.length) this.speak(this.script.shift());
    else this.tell();
  }

  speak(turn) {
    const known = this.turns.length || this.pending.length ? {} : { start: readKnown() };
    this.send({ ...known, turns: [turn] }, { ...turn, row: addTurn(turn) });
  }

  end() {
    this.state = "ending";
    if (this.turns.length || this.pending.length) this.send({ end: true }, null);
    else this.socket.close(1000);
  }

  send(message, turn) {
    this.pending.push(turn);
    this.socket.send(JSON.stringify(message));
    this.tell();
  }

  take(message) {
    const turn = this.pending.shift();
    if (message.error) this.refuse(turn, message);
    else this.learn(turn, message);
    this.tell();
  }

  learn(turn, news) {
    const before = this.told.fields;
    this.told = { ...this.told, ...news, fields: { ...before, ...news.fields } };
    this.times.push(news.ms);
    if (turn) this.turns.push(turn);
    tellFault("");
    tellTimes(this.times);
    tellNews(this.turns, this.told, before, news, !turn);
    if (turn) settleTurn(turn.row, `${Math.round(news.ms)} ms`, true);
  }

  // A turn that was refused is not part of the call; one that could not be read just now is, and is read later.
  refuse(turn, { error, turns }) {
    const isHeard = turns > this.turns.length;
    if (turn && isHeard) this.turns.push(turn);
    if (turn) settleTurn(turn.row, isHeard ? "待补读" : "未收下", isHeard);
    this.playing = false;
    if (this.state === "ending") this.state = "open";
    tellFault(wordsOf(error));
    if (error.code === "call_invalid") this.socket.close(1000);
  }

  async close(event) {
    const before = this.state;
    this.state = before === "ending" && event.code === 1000 ? "over" : "broken";
    this.pending.forEach((turn) => turn && settleTurn(turn.row, "未收下", false));
    this.tell();
    if (this.state === "over" || !at("live-fault").hidden) return;
    const words = before === "opening" ? await whyRefused() : wordsOfClose(event);
    if (live === this) tellFault(words);
  }

  // Ends it without a word; nothing that still comes is shown.
  leave() {
    this.socket.onmessage = this.socket.onclose = this.socket.onopen = null;
    this.socket.close(1000);
    clearTimeout(this.timer);
  }
}

// A call is played by its turns, a message by its sentences.
function readScript(text) {
  const sentences = text.match(/[^。！？\n]+[。！？]*/g) || [];
  return readTurns(text) || sentences.filter((one) => one.trim()).map((one) => ({ role: "caller", text: one.trim() }));
}

function startLive() {
  leaveLive();
  at("empty").hidden = at("result").hidden = true;
  at("result").replaceChildren();
  at("live").hidden = false;
  live = new LiveCall(readScript(at("text").value));
  at("live").scrollIntoView({ block: "nearest" });
  at(live.script.length ? "live" : "live-words").focus({ preventScroll: true });
}

function leaveLive() {
  live?.leave();
  live = null;
  at("live").hidden = true;
  at("live-words").value = "";
  clearLive();
}

at("play").addEventListener("click", startLive);
at("live-pause").addEventListener("click", () => { live.playing = !live.playing; live.tell(); });
at("live-step").addEventListener("click", () => { live.playing = false; live.speakNext(); });
at("live-end").addEventListener("click", () => { at("live").focus({ preventScroll: true }); live.end(); });
at("live-speed").addEventListener("change", () => live.plan());
at("live-words").addEventListener("input", () => live.plan());
at("live-say").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = at("live-words").value.trim();
  if (!text || live.state !== "open") return;
  at("live-words").value = "";
  live.speak({ role: new FormData(event.target).get("role"), text });
});
at("live-whole").addEventListener("click", () => {
  const dialogue = live.turns.map(({ role, text }) => ({ role, text }));
  at("text").value = dialogue.map(({ role, text }) => `${SPEAKERS[role]}：${text}`).join("\n");
  tellKind();
  ask({ dialogue, ...readKnown() });
});
