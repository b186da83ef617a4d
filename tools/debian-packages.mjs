// Packages of Debian for another architecture, fetched through the host's apt and unpacked; nothing is installed.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { findPart, MissingPart } from './parts.mjs';
import { run } from './progress.mjs';

const debianKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * One suite of a Debian archive as apt sees it, with state of its own: the host's packages, lists and architectures stay
 * as they are. apt checks the archive's signature.
 */
export class Suite {
  #folder;
  #options;

  /**
   * @param {string} name `trixie`, `stable`, …
   * @param {string} architecture as Debian names it
   * @param {string} folder an empty one for apt's state and what it downloads
   * @param {{ mirror?: string, keyring?: string }} archive Debian's own, from where the host's apt gets it, unless given
   * @throws {MissingPart} when the host cannot do it
   */
  constructor(name, architecture, folder, { mirror = debianMirror(), keyring = debianKeyring } = {}) {
    if (!existsSync(keyring)) {
      throw new MissingPart(`${keyring} is missing: apt-get install debian-archive-keyring`);
    }
    this.#folder = folder;
    for (const each of ['lists/partial', 'cache/archives/partial', 'packages']) {
      mkdirSync(resolve(folder, each), { recursive: true });
    }
    // Nothing is installed. Not /dev/null, which apt now and then refuses as a file that it cannot parse.
    writeFileSync(resolve(folder, 'status'), '');
    const source = `deb [arch=${architecture} signed-by=${keyring}] ${mirror} ${name} main\n`;
    writeFileSync(resolve(folder, 'sources.list'), source);
    this.#options = [
      `APT::Architecture=${architecture}`,
      `APT::Architectures=${architecture}`,
      `Dir::State::Lists=${folder}/lists`,
      `Dir::Etc::SourceList=${folder}/sources.list`,
      'Dir::Etc::SourceParts=/nonexistent',
      `Dir::Cache=${folder}/cache`,
      `Dir::State::status=${folder}/status`,
      // A download as root would otherwise warn that its sandbox cannot read the folder.
      'APT::Sandbox::User=',
      'Acquire::Languages=none',
    ].flatMap((option) => ['-o', option]);
  }

  /** Fetches the lists of packages. @throws {Error} with apt's reason when one is not to be had or does not match. */
  async update() {
    await this.#apt('apt-get', ['--error-on=any', 'update']);
  }

  /** The packages, by name, that `name` depends on, however far. */
  async dependencies(name) {
    const output = await this.#apt('apt-cache', ['depends', '--recurse', '--important', name]);
    return output.split('\n').filter((line) => /^[a-z0-9]/.test(line));
  }

  /** Downloads packages and unpacks them all into one folder. */
  async unpack(names, into) {
    const packages = resolve(this.#folder, 'packages');
    await this.#apt('apt-get', ['download', ...names], packages);
    mkdirSync(into, { recursive: true });
    for (const file of readdirSync(packages)) await unpackArchive(resolve(packages, file), into);
  }

  async #apt(program, args, cwd) {
    try {
      return await run(program, [...this.#options, ...args], { cwd, quiet: true });
    } catch (error) {
      throw new Error(aptReason(error.message));
    }
  }
}

/** The first error that apt reports, without addresses and full stop: the rest repeats it. */
function aptReason(text) {
  const line = text.split('\n').find((each) => each.startsWith('E: ')) ?? text.trimEnd().split('\n').at(-1);
  return line
    .replace(/^E: /, '')
    .replace(/'\w+:\/\S+ ([^']*)'/, '$1')
    .replace(/\s*\w+:\/\S+/g, '')
    .replace(/\.?\s*$/, '');
}

/** Where the host's own apt gets Debian from; its updates may come from elsewhere. */
function debianMirror() {
  for (const tool of ['apt', 'dpkg']) {
    if (!findPart(tool)) {
      throw new MissingPart(
        `Debian's Linux for the guest is fetched with ${tool}, which this system does not have: use Debian, or give \`kernel\` and \`initrd\` of your own`,
      );
    }
  }
  const format = '$(CREATED_BY) $(CODENAME) $(COMPONENT) $(REPO_URI)';
  const targets = execFileSync('apt-get', ['indextargets', '--format', format], { encoding: 'utf8' });
  for (const line of targets.split('\n')) {
    const [by, codename, component, uri] = line.split(' ');
    if (by === 'Packages' && component === 'main' && uri && !codename.includes('-')) return uri;
  }
  throw new MissingPart("this system's apt has no Debian mirror: run this on Debian, with `main` among apt's sources");
}

function unpackArchive(archive, into) {
  return new Promise((done, failed) => {
    const tarball = spawn('dpkg-deb', ['--fsys-tarfile', archive], { stdio: ['ignore', 'pipe', 'inherit'] });
    const tar = spawn('tar', ['x', '--no-same-owner'], { cwd: into, stdio: [tarball.stdout, 'ignore', 'inherit'] });
    tarball.on('error', failed);
    tar.on('error', failed);
    tar.on('close', (code) => (code === 0 ? done() : failed(new Error(`${archive} cannot be unpacked`))));
  });
}
