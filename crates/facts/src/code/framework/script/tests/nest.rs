//! NestJS.

use super::{mounted, routes, wired};

const MAIN: &str = "import { NestFactory } from '@nestjs/core';\nimport { ValidationPipe } from '@nestjs/common';\nimport helmet from 'helmet';\nimport { AppModule } from './app.module';\nasync function bootstrap() {\n  const app = await NestFactory.create(AppModule);\n  app.use(helmet());\n  app.setGlobalPrefix('api', { exclude: ['health'] });\n  app.useGlobalPipes(new ValidationPipe({ whitelist: true }));\n  await app.listen(3000);\n}\nbootstrap();\n";

const APP: &str = "import { Module } from '@nestjs/common';\nimport { APP_GUARD } from '@nestjs/core';\nimport { ThrottlerModule, ThrottlerGuard } from '@nestjs/throttler';\nimport { UsersModule } from './users.module';\nimport { HealthController } from './health.controller';\n@Module({ imports: [ThrottlerModule.forRoot([]), UsersModule], controllers: [HealthController], providers: [{ provide: APP_GUARD, useClass: ThrottlerGuard }] })\nexport class AppModule {}\n";

const USERS: &str = "import { Module } from '@nestjs/common';\nimport { UsersController } from './users.controller';\n@Module({ controllers: [UsersController] })\nexport class UsersModule {}\n";

const CONTROLLER: &str = "import { Controller, Get, Post, UseGuards, SetMetadata, applyDecorators, HttpCode } from '@nestjs/common';\nimport { AuthGuard } from '@nestjs/passport';\nexport const Public = () => SetMetadata('public', true);\nexport const Admin = () => applyDecorators(UseGuards(RolesGuard), SetMetadata('roles', ['admin']));\nexport class RolesGuard { canActivate() { return true; } }\n@UseGuards(AuthGuard('jwt'))\n@Controller('users')\nexport class UsersController {\n  @Get(':id') @HttpCode(200) find() {}\n  @Public() @Post() create() {}\n  @Admin() @Post('purge') purge() {}\n}\n";

const HEALTH: &str = "import { Controller, Get } from '@nestjs/common';\n@Controller('health')\nexport class HealthController { @Get() check() {} }\n";

#[test]
fn controllers_have_prefixes_and_all_that_runs_before_them() {
    let files = [
        ("src/app.module.ts", APP),
        ("src/health.controller.ts", HEALTH),
        ("src/main.ts", MAIN),
        ("src/unused.controller.ts", "import { Controller, Get } from '@nestjs/common';\n@Controller('unused')\nexport class Unused { @Get() a() {} }\n"),
        ("src/users.controller.ts", CONTROLLER),
        ("src/users.module.ts", USERS),
    ];
    assert_eq!(
        routes(&files),
        [
            "Get /health HealthController.check [helmet(), @nestjs/throttler.ThrottlerGuard, @nestjs/common.ValidationPipe()]",
            "Get /unused Unused.a [] unmounted",
            "Get /api/users/:id UsersController.find [helmet(), @nestjs/throttler.ThrottlerGuard, @nestjs/passport.AuthGuard(), @nestjs/common.ValidationPipe()]",
            "Post /api/users UsersController.create [helmet(), @nestjs/throttler.ThrottlerGuard, @nestjs/passport.AuthGuard(), @nestjs/common.ValidationPipe(), Public]",
            "Post /api/users/purge UsersController.purge [helmet(), @nestjs/throttler.ThrottlerGuard, @nestjs/passport.AuthGuard(), RolesGuard, @nestjs/common.ValidationPipe(), @nestjs/common.SetMetadata()]",
        ]
    );
    let (_, wiring) = wired(&files);
    assert_eq!(mounted(&wiring), ["@nestjs/throttler.ThrottlerGuard", "helmet()", "@nestjs/common.ValidationPipe()"]);
}

#[test]
fn middleware_of_modules_is_for_its_routes() {
    let app = "import { Module, MiddlewareConsumer } from '@nestjs/common';\nimport { HealthController } from './health.controller';\nimport { UsersController } from './users.controller';\nexport class Log { use(req, res, next) { next(); } }\nexport class Csrf { use(req, res, next) { next(); } }\n@Module({ controllers: [HealthController, UsersController] })\nexport class AppModule {\n  configure(consumer: MiddlewareConsumer) {\n    consumer.apply(Log).exclude('health').forRoutes('*');\n    consumer.apply(Csrf).forRoutes(HealthController);\n  }\n}\n";
    let main = "import { NestFactory } from '@nestjs/core';\nimport { AppModule } from './app.module';\nNestFactory.create(AppModule).then((app) => app.listen(1));\n";
    let users = "import { Controller, Get } from '@nestjs/common';\n@Controller('users')\nexport class UsersController { @Get() list() {} }\n";
    let files = [("app.module.ts", app), ("health.controller.ts", HEALTH), ("main.ts", main), ("users.controller.ts", users)];
    assert_eq!(routes(&files), ["Get /health HealthController.check [Csrf]", "Get /users UsersController.list [Log]"]);
}

#[test]
fn schedules_need_their_module() {
    let job = "import { Cron, ScheduleModule } from '@nestjs/schedule';\nexport class Jobs { @Cron('0 0 * * *') nightly() {} }\n";
    let with = format!("{job}export const all = [ScheduleModule.forRoot()];\n");
    let found = |text: &str| wired(&[("jobs.ts", text)]).1.schedules.iter().map(|s| format!("{} {:?}", s.starts, s.when)).collect::<Vec<_>>();
    assert_eq!(found(job), Vec::<String>::new());
    assert_eq!(found(&with), ["nightly Some(\"0 0 * * *\")"]);
}
