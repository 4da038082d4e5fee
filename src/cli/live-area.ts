// A part of the terminal that is drawn again and again in its place. What is said beside it goes above it and stays.

const UP_AND_CLEAR = (lines: number): string => `\u001B[${lines}A\r\u001B[J`;

export class LiveArea {
  readonly #stream: NodeJS.WriteStream;
  #text = '';
  #lines = 0;

  constructor(stream: NodeJS.WriteStream = process.stdout) {
    this.#stream = stream;
  }

  /** Draws `text` in the place of what was drawn before. What does not fit on the screen is cut, and said. */
  draw(text: string): void {
    const rows = this.#stream.rows || 24;
    const lines = text.split('\n');
    const room = rows - 2;
    const shown = lines.length > room ? [...lines.slice(0, room - 1), `… ${lines.length - room + 1} more`] : lines;
    this.#write(this.#erase() + `${shown.join('\n')}\n`);
    this.#text = text;
    this.#lines = shown.length;
  }

  say(line: string): void {
    const { length } = this.#text;
    this.#write(`${this.#erase()}${line}\n`);
    this.#lines = 0;
    if (length > 0) this.draw(this.#text);
  }

  #erase(): string {
    return this.#lines === 0 ? '' : UP_AND_CLEAR(this.#lines);
  }

  #write(text: string): void {
    this.#stream.write(text);
  }
}
