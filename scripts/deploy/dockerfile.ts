/** Reads a Dockerfile into its stages: enough of the format for ours. */

export interface Instruction {
  /** In capitals. */
  name: string;
  /** Of COPY, HEALTHCHECK and others: `--from=build`. */
  flags: Record<string, string>;
  /** What stands after name and flags, with continued lines joined. */
  text: string;
}

export interface Stage {
  name: string;
  base: string;
  instructions: Instruction[];
}

export function readDockerfile(source: string): Stage[] {
  const stages: Stage[] = [];
  const lines = source
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#') && line.trim() !== '')
    .join('\n')
    .replace(/\\\n/g, ' ')
    .split('\n');
  for (const line of lines) {
    const instruction = readInstruction(line);
    if (instruction.name === 'FROM') {
      const [, base = '', name = ''] = /^(\S+)\s+AS\s+(\S+)$/.exec(instruction.text) ?? [];
      stages.push({ name, base, instructions: [] });
    } else {
      const stage = stages.at(-1);
      if (stage === undefined) throw new Error(`${instruction.name} stands before the first FROM`);
      stage.instructions.push(instruction);
    }
  }
  return stages;
}

/** A stage as it is built: after the instructions of the stages that it stands on, its own. Its base is then an image. */
export function wholeStage(stages: Stage[], name: string): Stage {
  const stage = stages.find((candidate) => candidate.name === name);
  if (stage === undefined) throw new Error(`there is no stage ${name}`);
  if (!stages.some((candidate) => candidate.name === stage.base)) return stage;
  const below = wholeStage(stages, stage.base);
  return { name, base: below.base, instructions: [...below.instructions, ...stage.instructions] };
}

/** What all ENV, or all LABEL, of a stage set together. */
export function allPairs({ instructions }: Stage, name: 'ENV' | 'LABEL' | 'ARG'): Record<string, string> {
  return Object.assign({}, ...instructions.filter((it) => it.name === name).map(({ text }) => pairs(text)));
}

function readInstruction(line: string): Instruction {
  const [, name = '', rest = ''] = /^\s*(\w+)\s+(.*)$/.exec(line) ?? [];
  const flags: Record<string, string> = {};
  let text = rest.trim();
  for (let found = /^--([\w-]+)=(\S+)\s+/.exec(text); found !== null; found = /^--([\w-]+)=(\S+)\s+/.exec(text)) {
    const [all, flag = '', value = ''] = found;
    flags[flag] = value;
    text = text.slice(all.length);
  }
  return { name: name.toUpperCase(), flags, text };
}

/** @throws Error where it is not the exec form */
export function execForm(text: string): string[] {
  const words: unknown = JSON.parse(text.replace(/^CMD\s+/, ''));
  if (!Array.isArray(words) || !words.every((word) => typeof word === 'string')) throw new Error(`not words: ${text}`);
  return words;
}

/** `key="value" key=value` of ENV, LABEL and ARG. */
export function pairs(text: string): Record<string, string> {
  const found = text.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S*))/g);
  return Object.fromEntries([...found].map(([, key = '', quoted, plain]) => [key, quoted ?? plain ?? '']));
}
