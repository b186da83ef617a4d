// ThirdPartyNotices.txt: the licenses of what the package ships of others.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { root } from './progress.mjs';

/** At the root of the .vsix, beside our own license. */
export const noticesFile = resolve(root, 'ThirdPartyNotices.txt');

const licenseFile = /^(licen[cs]e|copying|notice)/i;

/** Those of what a package is built from, where it brings its own license only. */
const builtFrom = new Map([['@alexaltea/capstone-js', resolve(root, 'tools/licenses/capstone.txt')]]);
const line = '-'.repeat(80);

/**
 * The notices of the packages that files of `node_modules` belong to, each once, by name.
 *
 * @param paths absolute; those outside of `node_modules` are ours
 * @throws Error for a package that does not say under which license it is, or does not bring its text
 */
export function thirdPartyNotices(paths) {
  const folders = [...new Set(paths.map(packageFolder))].filter((folder) => folder !== undefined);
  const packages = folders.map(readPackage).sort((a, b) => (a.title < b.title ? -1 : 1));
  const head = 'Freezeframe contains these packages of others, each under its own license.';
  return [head, ...packages.map(({ title, license, texts }) => `${line}\n${title}\n${license}\n\n${texts}`)].join(
    '\n\n',
  );
}

/** The innermost folder of a package around a file. */
function packageFolder(path) {
  return /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(path)?.[1];
}

function readPackage(folder) {
  const {
    name = basename(folder),
    version,
    license,
  } = JSON.parse(readFileSync(resolve(folder, 'package.json'), 'utf8'));
  const title = `${name} ${version}`;
  if (typeof license !== 'string') throw new Error(`${title} does not say its license in ${folder}/package.json.`);
  const files = readdirSync(folder)
    .filter((file) => licenseFile.test(file))
    .sort();
  if (files.length === 0) {
    const advice = 'Its license wants its text to be shipped: take another version or package.';
    throw new Error(`${title} (${license}) has no license text in ${folder}. ${advice}`);
  }
  const paths = [...files.map((file) => resolve(folder, file)), ...(builtFrom.has(name) ? [builtFrom.get(name)] : [])];
  const texts = paths.map((path) => readFileSync(path, 'utf8').replaceAll('\r\n', '\n').trim());
  return { title, license, texts: texts.join('\n\n') };
}
