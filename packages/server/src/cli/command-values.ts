import { Option, type Command } from 'commander'

// The values of a command's arguments and options, typed by how the command is declared.

/** An option: its flag, its sentence, and a parser of its text; without a parser the value is the text itself. */
export type OptionRow =
  | readonly [flag: string, doc: string]
  | readonly [flag: string, doc: string, parse: (text: string) => unknown]

/** The arguments and options of a command by their names in camel case: `user set-email <name> [address]` gives `name` and `address`. */
export type Values<Usage extends string, Options> = ArgumentsIn<Usage> & OptionsIn<Options>

type ArgumentsIn<Usage extends string> = Usage extends `${infer Word} ${infer Rest}`
  ? Argument<Word> & ArgumentsIn<Rest>
  : Argument<Usage>

type Argument<Word extends string> = Word extends `<${infer Name}>`
  ? Member<Name, string>
  : Word extends `[${infer Name}...]`
    ? Member<Name, readonly string[]>
    : Word extends `[${infer Name}]`
      ? Member<Name, string | undefined>
      : unknown // the name of the command

type OptionsIn<Rows> = Rows extends readonly [infer First, ...infer Rest]
  ? OptionOf<First> & OptionsIn<Rest>
  : unknown

type OptionOf<Row> = Row extends readonly [
  `--${infer Name} <${string}>`,
  string,
  (text: string) => infer Value,
]
  ? Member<Name, Value | undefined>
  : Row extends readonly [`--${infer Name} <${string}>`, string]
    ? Member<Name, string | undefined>
    : Row extends readonly [`--${infer Name}`, string]
      ? Member<Name, boolean>
      : never

type Member<Name extends string, Value> = { readonly [K in CamelCase<Name>]: Value }

type CamelCase<Name extends string> = Name extends `${infer First}-${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Name

/** Reads the values that commander has parsed. An optional value of empty text counts as not given. */
export function valuesOf<Usage extends string, Options extends readonly OptionRow[]>(
  command: Command,
  { options }: { readonly usage: Usage; readonly options?: Options },
): Values<Usage, Options> {
  const args = command.registeredArguments.map((argument, at) => {
    const value: unknown = command.processedArgs[at]
    if (argument.variadic) return [camelCase(argument.name()), value ?? []]
    return [camelCase(argument.name()), argument.required ? value : value || undefined]
  })
  const given: Readonly<Record<string, unknown>> = command.opts()
  const rows: readonly OptionRow[] = options ?? []
  const chosen = rows.map(([flag, doc, parse = (text: string): unknown => text]) => {
    const name = new Option(flag, doc).attributeName()
    const value = given[name]
    if (!flag.includes('<')) return [name, value === true]
    return [name, typeof value === 'string' && value !== '' ? parse(value) : undefined]
  })
  return Object.fromEntries([...args, ...chosen]) as Values<Usage, Options> // the types above say the same of the declaration
}

function camelCase(name: string): string {
  return name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
