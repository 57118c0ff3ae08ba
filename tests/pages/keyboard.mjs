// A hand that only has a keyboard: it goes from one thing to the next with Tab, knows them by the names a screen reader says, and
// sees where it is. What it pressed is counted.
// Deliberately knows no page.

import assert from "node:assert/strict";

// More stops than any page of the main journeys has; who is not there by then never comes there.
const MOST_STOPS = 400;

export class Hand {
  constructor(page) {
    this.page = page;
    this.keys = 0;
    this.acts = 0;
    this.began = performance.now();
  }

  async press(key) {
    this.keys += 1;
    await this.page.keyboard.press(key);
  }

  // On to the next thing with this role and name, as assistive technology is told them.
  async reach(role, name) {
    await this.to(this.page.getByRole(role, { name, exact: typeof name === "string" }).first(), `${role} “${name}”`);
  }

  async to(target, what) {
    await target.waitFor({ state: "attached" });
    for (let stop = 0; stop < MOST_STOPS; stop += 1) {
      await this.press("Tab");
      // Tab comes to the chosen one of some radio buttons, arrows to the others.
      const isThere = await target.evaluate((one) => {
        const here = document.activeElement;
        return one === here || (one.type === "radio" && here.type === "radio" && one.name === here.name);
      });
      if (isThere) return this.seen(what);
    }
    return assert.fail(`${this.page.url()}: Tab never comes to the ${what}`);
  }

  // Where the hand is can be seen: marked, on the screen, and under nothing else (WCAG 2.2, 2.4.7 and 2.4.11).
  async seen(what) {
    const wrong = await this.page.evaluate(() => {
      const one = document.activeElement;
      const drawn = one.matches("[type=radio], [type=checkbox]") ? getComputedStyle(one.nextElementSibling, "::before") : getComputedStyle(one);
      if ((drawn.outlineStyle === "none" || parseFloat(drawn.outlineWidth) === 0) && drawn.boxShadow === "none") return "is not marked";
      const box = one.getBoundingClientRect();
      const [x, y] = [box.x + box.width / 2, box.y + Math.min(box.height, innerHeight) / 2];
      if (y < 0 || y > innerHeight || x < 0 || x > innerWidth) return `is off the screen: ${x}, ${y}`;
      const top = document.elementFromPoint(x, y);
      const isIt = top && (one.contains(top) || top.contains(one) || top.closest("label")?.htmlFor === one.id);
      return isIt ? "" : `is under ${top?.outerHTML.slice(0, 120)}`;
    });
    assert.equal(wrong, "", `${this.page.url()}: ${what} has the focus but ${wrong}`);
  }

  async enter(target, what) {
    await this.to(target, what);
    this.acts += 1;
    await this.press("Enter");
  }

  // Something that is folded away.
  async open(words) {
    await this.enter(this.page.locator("summary", { hasText: words }).first(), `folded “${words}”`);
  }

  // The first link of a list, whatever its name is.
  async first(list) {
    const link = this.page.locator(list).getByRole("link").first();
    assert.notEqual((await link.innerText()).trim(), "");
    await this.enter(link, `first link of ${list}`);
  }

  async link(name) {
    await this.act("link", name, "Enter");
  }

  async button(name) {
    await this.act("button", name, "Enter");
  }

  async tick(name) {
    await this.act("checkbox", name, "Space");
  }

  async act(role, name, key) {
    await this.reach(role, name);
    this.acts += 1;
    await this.press(key);
  }

  // Past what stands on every page.
  async skip() {
    await this.act("link", "Skip to main content", "Enter");
  }

  async type(name, text, role = "textbox") {
    await this.reach(role, name);
    await this.write(text);
  }

  async write(text) {
    this.keys += text.length;
    await this.page.keyboard.type(text);
  }

  // In a list of choices the letters of a choice lead to it.
  async choose(name, choice) {
    await this.type(name, choice, "combobox");
    const chosen = await this.page.evaluate(() => document.activeElement.selectedOptions[0].label);
    assert.ok(chosen.startsWith(choice), `${chosen} is chosen`);
  }

  // Of some radio buttons the one that stands so many after the first or the chosen one.
  async pick(name, arrows) {
    await this.reach("radio", name);
    this.acts += 1;
    for (let arrow = 0; arrow < arrows; arrow += 1) await this.press("ArrowDown");
    if (!arrows) await this.press("Space");
    assert.ok(await this.page.getByRole("radio", { name }).isChecked(), `${name} is chosen`);
  }

  // One line about the way here.
  told(what) {
    const seconds = ((performance.now() - this.began) / 1000).toFixed(1);
    console.log(`${what.padEnd(52)} ${String(this.acts).padStart(3)} presses of links and buttons, ${String(this.keys).padStart(4)} keys in all, ${seconds.padStart(5)} s`);
    return this.keys;
  }
}
